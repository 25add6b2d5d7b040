use super::*;

fn fill(recording: &mut Recording, events: u64) {
    for time in 0..events {
        recording.push(Event::new(time, 1, Kind::Resumed));
    }
}

#[test]
fn events_come_back_in_order() {
    let mut recording = Recording::default();
    fill(&mut recording, 10_000);
    assert!(recording.events().map(|event| event.time).eq(0..10_000));
    assert_eq!((recording.len(), recording.dropped()), (10_000, 0));
}

#[test]
fn when_full_the_oldest_chunks_go_and_are_counted() {
    let mut recording = Recording::new(1 << 20);
    fill(&mut recording, 1_000_000);
    assert!(recording.size() <= 1 << 20, "{}", recording.size());
    assert_eq!(recording.dropped() + recording.len() as u64, 1_000_000);
    let first = recording.events().next().map(|event| event.time);
    assert_eq!(first, Some(recording.dropped()));
    assert_eq!(recording.events().last().map(|event| event.time), Some(999_999));
}

#[test]
fn a_tiny_limit_still_keeps_the_newest_events() {
    let mut recording = Recording::new(0);
    fill(&mut recording, 10_000);
    assert!(recording.len() < 3000 && !recording.is_empty());
    assert_eq!(recording.events().last().map(|event| event.time), Some(9_999));
}

#[test]
fn a_task_is_forgotten_with_the_event_of_its_end() {
    let mut recording = Recording::new(300_000);
    recording.name_task(1, "short", 0, SiteId::NONE);
    recording.name_task(2, "long", 0, SiteId::NONE);
    recording.push(Event::new(0, 1, Kind::Finished));
    fill(&mut recording, 100_000);
    assert_eq!((recording.task(1), recording.task_name(2)), (None, "long"));
}

#[test]
fn clear_keeps_main_and_the_tasks_that_have_not_ended() {
    let mut recording = Recording::new(100_000);
    recording.name_task(1, "done", 0, SiteId::NONE);
    recording.name_task(2, "ticker", 0, SiteId::NONE);
    let many = "x".repeat(4000);
    for n in 0..9 {
        recording.text(&format!("{n}{many}"));
    }
    recording.push(Event::new(0, 1, Kind::Finished));
    recording.push(Event::new(0, 0, Kind::Finished));
    recording.clear();
    assert!(recording.is_empty());
    let names: Vec<&str> = [0, 1, 2].map(|task| recording.task_name(task)).into();
    assert_eq!(names, ["main", "task", "ticker"]);
}

#[test]
fn what_an_await_brought_is_added_to_the_resumption() {
    let mut recording = Recording::default();
    recording.push(Event::new(0, 1, Kind::Resumed));
    recording.push(Event::new(0, 2, Kind::Woken));
    let text = recording.value(&"é".repeat(1000));
    recording.arrived(1, text, true);
    let first = recording.events().next().expect("an event");
    assert_eq!((first.text(), first.threw), (text, true));
    assert_eq!(recording.get_text(text).chars().count(), MAX_VALUE + 1);
}

#[test]
fn values_leave_room_for_other_texts() {
    let mut recording = Recording::new(100_000);
    let values: Vec<TextId> = (0..5000).map(|n| recording.value(&format!("value {n}"))).collect();
    assert_eq!(values[4999], TextId::NONE);
    let label = recording.text("GET /delay/300");
    assert_eq!(recording.get_text(label), "GET /delay/300");
}

#[test]
fn sites_are_kept_once() {
    let mut recording = Recording::default();
    let a = recording.site("demo.rhai", 4, 3);
    let b = recording.site("other.rhai", 4, 3);
    assert_eq!(recording.site("demo.rhai", 4, 3), a);
    assert_ne!(a, b);
    assert_eq!(recording.get_site(a).map(Site::to_string).as_deref(), Some("demo.rhai:4:3"));
    assert_eq!(recording.get_site(SiteId::NONE), None);
}

#[test]
fn while_off_nothing_is_kept() {
    let mut recording = Recording::default();
    recording.set_enabled(false);
    fill(&mut recording, 5);
    recording.name_task(1, "unseen", 0, SiteId::NONE);
    assert!(recording.is_empty() && recording.task(1).is_none());
}
