//! Long lines: what one who comes, or goes, costs must not grow with those who are there. Were it otherwise, each of
//! these would take minutes.

use rhai::Dynamic;

use super::Spot;
use super::barrier::{Arrive, Barrier};
use super::permits::{Claim, Permits};
use super::store::Discipline;
use super::transfer::Queue;
use crate::engine::clock::Pace;
use crate::engine::task::{Call, Task};
use crate::engine::wait::{Cx, Op, Step};
use crate::engine::{Future, Kernel, TaskRef};
use crate::limits::Limits;
use crate::trace::event::SiteId;

const MANY: u32 = 100_000;

fn kernel() -> std::rc::Rc<Kernel> {
    Kernel::new(Default::default(), Pace::Virtual, Limits::default())
}

fn task(id: u32) -> TaskRef {
    let get = super::queue_ops::Get::new(&Queue::new(Discipline::Fifo, None, "", 0), false);
    let call = Call::Op(Future::new(get, SiteId::NONE));
    Task::new(id, "t".into(), 0, SiteId::NONE, call, Default::default())
}

#[test]
fn a_barrier_does_not_count_the_line() {
    let (kernel, task) = (kernel(), task(1));
    let cx = &mut Cx { kernel: &kernel, task: &task };
    let barrier = Barrier::new(i64::from(MANY), "").expect("a barrier");
    let mut all: Vec<_> = (0..MANY).map(|_| Arrive { barrier: barrier.clone(), spot: Spot::default() }).collect();
    for (number, arrival) in all.iter_mut().enumerate() {
        let step = arrival.poll(cx);
        assert_eq!(matches!(step, Step::Done(_)), number + 1 == MANY as usize, "{number}");
    }
}

#[test]
fn an_item_of_a_plain_queue_does_not_look_at_those_on_their_way() {
    let (kernel, task) = (kernel(), task(1));
    let queue = Queue::new(Discipline::Fifo, None, "", 0);
    let getters: Vec<_> = (0..MANY).map(|_| queue.0.getters.join(&task, None)).collect();
    for number in 0..MANY {
        assert!(queue.offer(&kernel, Dynamic::from(i64::from(number))).is_none());
    }
    for (number, ticket) in getters.iter().enumerate() {
        let item = queue.collect(&kernel, ticket).expect("an item");
        assert_eq!(item.as_int(), Ok(number as i64));
    }
}

#[test]
fn permits_come_back_as_they_were_taken() {
    let kernel = kernel();
    let permits = Permits::new("semaphore", "", 0, MANY as usize);
    let tasks: Vec<_> = (0..MANY).map(task).collect();
    for task in &tasks {
        assert!(permits.try_take(&kernel, Some(&Claim { task: task.clone(), site: SiteId::NONE })));
    }
    for task in &tasks {
        assert!(permits.is_held_by(task));
        let claim = permits.release(&kernel, Some(task)).expect("it is taken");
        assert!(claim.is_some_and(|claim| std::rc::Rc::ptr_eq(&claim.task, task)));
        assert!(!permits.first_holder().is_some_and(|first| std::rc::Rc::ptr_eq(&first, task)));
    }
}
