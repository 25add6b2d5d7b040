//! Who spawned whom, and who awaits whom, as a drawn tree.

use std::collections::BTreeMap;

use super::inspect;
use crate::engine::task::State;
use crate::engine::{Kernel, TaskRef};
use crate::trace::render::Options;
use crate::trace::render::escape::{escaped, fitted, width};
use crate::trace::render::paint::{Line, Style};

/// Tasks that are drawn below one; the rest is counted.
const MOST: usize = 20;

/// A task of the tree.
struct Node {
    id: u32,
    name: String,
    /// State, what it waits for and whom.
    about: String,
    /// The task that spawned it, when that has ended and another stands in for it here.
    orphan_of: Option<u32>,
}

/// The tasks that have not ended, below those that spawned them.
pub fn tree(kernel: &Kernel, options: &Options) -> String {
    let tasks = kernel.tasks();
    let mut below: BTreeMap<u32, Vec<Node>> = BTreeMap::new();
    for task in tasks.iter().filter(|t| t.id != 0) {
        let parent = kernel.living_parent(task);
        let orphan_of = (parent != task.parent).then_some(task.parent);
        let node = Node { id: task.id, name: task.name.to_string(), about: about(kernel, task), orphan_of };
        below.entry(parent).or_default().push(node);
    }
    let main = kernel.task(0);
    let about = main.map_or_else(|| "no run is going on".to_string(), |main| about(kernel, &main));
    let root = Node { id: 0, name: "main".to_string(), about, orphan_of: None };
    let mut out = row(&root, "", options);
    let mut stack = vec![(below.remove(&0).unwrap_or_default().into_iter().enumerate(), String::new())];
    let mut counts = vec![stack[0].0.len()];
    // a list in the place of recursion: tasks may be nested thousands deep
    while let (Some((nodes, indent)), Some(count)) = (stack.last_mut(), counts.last().copied()) {
        let (Some((index, node)), [branch, last, bar]) = (nodes.next(), lines(options)) else {
            stack.pop();
            counts.pop();
            continue;
        };
        if index == MOST && count > MOST + 1 {
            out += &format!("{indent}{last}... and {} more\n", count - MOST);
            stack.pop();
            counts.pop();
            continue;
        }
        let is_last = index + 1 == count;
        out += &row(&node, &format!("{indent}{}", if is_last { last } else { branch }), options);
        if let Some(children) = below.remove(&node.id) {
            let indent = format!("{indent}{}", if is_last { "   " } else { bar });
            counts.push(children.len());
            stack.push((children.into_iter().enumerate(), indent));
        }
    }
    out
}

fn lines(options: &Options) -> [&'static str; 3] {
    if options.ascii { ["|- ", "`- ", "|  "] } else { ["├─ ", "└─ ", "│  "] }
}

fn about(kernel: &Kernel, task: &TaskRef) -> String {
    let at = inspect::place_of(kernel, task).map_or(String::new(), |p| format!("  {}", inspect::line_of(&p)));
    let awaits = inspect::awaits(kernel, task);
    let of = match awaits.as_slice() {
        [] => String::new(),
        ids => {
            let shown: Vec<String> = ids.iter().take(MOST).map(u32::to_string).collect();
            let more = if ids.len() > MOST { ", ..." } else { "" };
            format!("  -> {}{more}", shown.join(", "))
        }
    };
    let ending = inspect::ending(task).map_or(String::new(), |how| format!(" ({how})"));
    match task.state() {
        State::Waiting => format!("waiting{ending}  {}{of}{at}", inspect::waits_for(kernel, task)),
        _ => format!("{}{ending}{at}", task.state_name()),
    }
}

fn row(node: &Node, lead: &str, options: &Options) -> String {
    let mut line = Line::new(options.colour);
    line.push(Style::Dim, lead);
    let name = match node.id {
        0 => node.name.clone(),
        id => format!("{id} \"{}\"", fitted(&node.name, 24, options.ascii)),
    };
    line.push(Style::Task(node.id), &escaped(&name, options.ascii));
    line.push(Style::Plain, "  ");
    let orphan = node.orphan_of.map_or(String::new(), |id| format!("  (spawned by {id}, which has ended)"));
    let room = options.columns().saturating_sub(width(lead) + width(&name) + 3).max(20);
    line.push(Style::Plain, &fitted(&format!("{}{orphan}", node.about), room, options.ascii));
    line.finish()
}
