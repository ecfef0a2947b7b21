//! Readiness of socket pairs, through the poller and through the loop.

use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use super::*;
use crate::clock::{Clock, VirtualClock};
use crate::event_loop::{EventLoop, Payload, Step};

#[derive(Clone, Debug, PartialEq, Eq)]
struct Name(&'static str);

impl Payload for Name {
    fn is_cancelled(&self) -> bool {
        false
    }
}

fn pair() -> (UnixStream, UnixStream) {
    UnixStream::pair().expect("the system has socket pairs")
}

fn poll_now(poller: &mut IoPoller<Name>) -> Vec<&'static str> {
    let mut ready: ReadyQueue<Name> = ReadyQueue::default();
    let end = poller.poll(Some(Duration::ZERO), &mut ready);
    assert_eq!(end.expect("polling works"), WaitEnd::Ready);
    std::iter::from_fn(|| ready.pop_front())
        .map(|name| name.0)
        .collect()
}

fn add(poller: &IoPoller<Name>, stream: &UnixStream, direction: Direction, name: &'static str) {
    let added = poller.add(stream.as_raw_fd(), direction, Name(name), Origin::Local);
    assert_eq!(added.expect("a socket can be polled"), None);
}

#[test]
fn a_reader_is_reported_as_long_as_something_is_left() {
    let mut poller = IoPoller::new().expect("a poller");
    let (mut ours, mut theirs) = pair();
    add(&poller, &ours, Direction::Read, "read");
    assert!(poll_now(&mut poller).is_empty());
    theirs.write_all(b"ab").expect("room");
    assert_eq!(poll_now(&mut poller), ["read"]);
    assert_eq!(poll_now(&mut poller), ["read"]);
    let mut buffer = [0; 8];
    assert_eq!(ours.read(&mut buffer).expect("data"), 2);
    poller.drained(ours.as_raw_fd(), Direction::Read);
    assert!(poll_now(&mut poller).is_empty());
    theirs.write_all(b"c").expect("room");
    assert_eq!(poll_now(&mut poller), ["read"]);
}

#[test]
fn the_reader_of_a_descriptor_comes_before_its_writer() {
    let mut poller = IoPoller::new().expect("a poller");
    let (ours, mut theirs) = pair();
    add(&poller, &ours, Direction::Write, "write");
    add(&poller, &ours, Direction::Read, "read");
    assert_eq!(poll_now(&mut poller), ["write"]);
    theirs.write_all(b"x").expect("room");
    assert_eq!(poll_now(&mut poller), ["read", "write"]);
    assert_eq!(
        poller.remove(ours.as_raw_fd(), Direction::Read),
        Some(Name("read"))
    );
    assert_eq!(poll_now(&mut poller), ["write"]);
    assert_eq!(
        poller.remove(ours.as_raw_fd(), Direction::Write),
        Some(Name("write"))
    );
    assert!(poll_now(&mut poller).is_empty());
    assert!(!Poller::<Name>::has_sources(&poller));
}

#[test]
fn an_end_is_reported_even_to_a_reader_that_says_it_is_through() {
    let mut poller = IoPoller::new().expect("a poller");
    let (ours, theirs) = pair();
    add(&poller, &ours, Direction::Read, "read");
    drop(theirs);
    assert_eq!(poll_now(&mut poller), ["read"]);
    poller.drained(ours.as_raw_fd(), Direction::Read);
    assert_eq!(poll_now(&mut poller), ["read"]);
}

#[test]
fn a_regular_file_is_refused() {
    let poller = IoPoller::new().expect("a poller");
    let file = tempfile();
    let error = poller
        .add(
            file.as_raw_fd(),
            Direction::Read,
            Name("file"),
            Origin::Local,
        )
        .expect_err("files cannot be polled");
    assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
    assert!(!Poller::<Name>::has_sources(&poller));
}

fn tempfile() -> std::fs::File {
    std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).expect("a file")
}

#[test]
fn another_thread_ends_a_wait() {
    let mut event_loop: EventLoop<Name, VirtualClock> = EventLoop::new(VirtualClock::new());
    let poller = IoPoller::new().expect("a poller");
    event_loop.set_poller(Box::new(poller.clone()));
    let remote = poller.add_remote(Name("thread"), Origin::World);
    let waking = remote.clone();
    let thread = std::thread::spawn(move || waking.wake());
    // Real time counts while a thread is awaited: the timer does not overtake it.
    event_loop.call_later(60.0, Name("timer"));
    let Step::Run(first) = event_loop.next() else {
        panic!("nothing to run");
    };
    assert_eq!(first, Name("thread"));
    assert!(thread.join().is_ok());
    assert_eq!(poller.remove_remote(&remote), Some(Name("thread")));
    let Step::Run(second) = event_loop.next() else {
        panic!("nothing to run");
    };
    assert_eq!(second, Name("timer"));
    assert!(matches!(event_loop.next(), Step::Deadlock));
}

#[test]
fn virtual_time_jumps_while_a_local_socket_is_silent() {
    let clock = VirtualClock::new();
    let start = clock.now();
    let mut event_loop: EventLoop<Name, VirtualClock> = EventLoop::new(clock.clone());
    let poller = IoPoller::new().expect("a poller");
    event_loop.set_poller(Box::new(poller.clone()));
    let (ours, mut theirs) = pair();
    add(&poller, &ours, Direction::Read, "read");
    event_loop.call_later(3600.0, Name("timer"));
    theirs.write_all(b"x").expect("room");
    assert!(matches!(event_loop.next(), Step::Run(Name("read"))));
    assert!(clock.now().since(start) < Duration::from_secs(1));
    let mut ours = ours;
    assert_eq!(ours.read(&mut [0; 8]).expect("data"), 1);
    poller.drained(ours.as_raw_fd(), Direction::Read);
    assert!(matches!(event_loop.next(), Step::Run(Name("timer"))));
    assert!(clock.now().since(start) >= Duration::from_secs(3600));
}

#[test]
fn what_runs_in_the_background_does_not_hide_a_deadlock() {
    let mut event_loop: EventLoop<Name, VirtualClock> = EventLoop::new(VirtualClock::new());
    let poller = IoPoller::new().expect("a poller");
    event_loop.set_poller(Box::new(poller.clone()));
    let (ours, _theirs) = pair();
    let added = poller.add(
        ours.as_raw_fd(),
        Direction::Read,
        Name("signals"),
        Origin::Background,
    );
    assert!(added.is_ok());
    assert!(matches!(event_loop.next(), Step::Deadlock));
}
