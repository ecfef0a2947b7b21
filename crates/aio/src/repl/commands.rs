//! The commands of the REPL: lines that begin with a colon or a question mark.

use std::path::Path;

use aio_event_loop::{Clock, SystemClock};

use super::Talk;
use crate::Exit;
use crate::explain;
use crate::pipeline::Interactive;
use crate::run::say_read_error;
use crate::source;
use crate::terminal;

/// A command: its name, what stands behind it, what it does; a table.
const COMMANDS: [(&str, &str, &str); 10] = [
    (":help", "", "this list"),
    (":tasks", "", "what every task waits for"),
    (":time", "ENTRY", "run an entry and say how long it took"),
    (":type", "EXPRESSION", "the type of a value"),
    (":load", "FILE", "run a file as if it was typed"),
    (":save", "FILE", "write what was entered to a file"),
    (":explain", "CODE", "tell about the code of a mistake"),
    (
        ":virtual",
        "on|off",
        "let time pass only when every task waits, or as it does",
    ),
    (":reset", "", "forget all names and cancel all tasks"),
    (":quit", "", "leave, as Ctrl-D does"),
];

/// The commands that begin with a text.
pub(super) fn beginning_with(text: &str) -> Vec<String> {
    COMMANDS
        .iter()
        .map(|(name, _, _)| (*name).to_owned())
        .filter(|name| name.starts_with(text))
        .collect()
}

/// Runs a command; returns how to exit if that is what it asked for.
pub(super) fn run(talk: &mut Talk, line: &str) -> Option<Exit> {
    if let Some(name) = line.strip_prefix('?') {
        return describe(talk, name.trim());
    }
    let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
    let rest = rest.trim();
    match name {
        ":help" => help(),
        ":tasks" => talk.session.session().print_tasks(),
        ":time" => return time(talk, rest),
        ":type" => return talk.run(&format!("print(type({rest}).__name__)")),
        ":load" => return load(talk, rest),
        ":save" => save(talk, rest),
        ":explain" => {
            explain::explain(Some(rest).filter(|code| !code.is_empty()));
        }
        ":virtual" => choose_clock(talk, rest),
        ":reset" => reset(talk),
        ":quit" => return Some(Exit::OK),
        _ => terminal::say(&format!("there is no command {name}; :help lists all")),
    }
    None
}

fn help() {
    let mut text = String::new();
    for (name, argument, what) in COMMANDS {
        text.push_str(&format!("{:<20}{what}\n", format!("{name} {argument}")));
    }
    text.push_str(&format!(
        "{:<20}how a value is called, what it is for; also help(NAME)\n",
        "?NAME"
    ));
    text.push_str(
        "`await` works at the prompt; tasks go on while you type; _ is the last value.\n",
    );
    terminal::print(&text);
}

fn time(talk: &mut Talk, entry: &str) -> Option<Exit> {
    let clock = SystemClock::new();
    let start = clock.now();
    let exit = talk.run(entry);
    let took = clock.now().since(start).as_secs_f64();
    terminal::say(&match took {
        0.0..1.0 => format!("{:.3} ms", took * 1000.0),
        _ => format!("{took:.3} s"),
    });
    exit
}

fn describe(talk: &mut Talk, name: &str) -> Option<Exit> {
    if name.is_empty() {
        help();
        return None;
    }
    talk.run(&format!("__import__('_prompt').describe({name})"))
}

fn load(talk: &mut Talk, file: &str) -> Option<Exit> {
    match source::read_file(Path::new(file)) {
        Ok(source) => talk.run(&source.text),
        Err(error) => {
            say_read_error(&error);
            None
        }
    }
}

fn save(talk: &mut Talk, file: &str) {
    let mut text = talk.entered.join("\n");
    text.push('\n');
    match std::fs::write(file, text) {
        Ok(()) => terminal::say(&format!("{} entries saved", talk.entered.len())),
        Err(error) => terminal::say(&format!("aio: can't write '{file}': {error}")),
    }
}

fn choose_clock(talk: &mut Talk, choice: &str) {
    let is_virtual = match choice {
        "on" => true,
        "off" => false,
        _ => {
            let now = if talk.flags.virtual_time { "on" } else { "off" };
            terminal::say(&format!("virtual time is {now}; :virtual on|off"));
            return;
        }
    };
    talk.flags.virtual_time = is_virtual;
    say_cancelled(&talk.session.session().choose_clock(is_virtual));
}

/// Says which tasks were cancelled, if there were any.
pub(super) fn say_cancelled(names: &[String]) {
    if !names.is_empty() {
        terminal::say(&format!("cancelled: {}", names.join(", ")));
    }
}

fn reset(talk: &mut Talk) {
    say_cancelled(&talk.session.session().end_prompt());
    talk.session = Interactive::new(talk.flags, talk.stack_size);
    talk.fit_terminal();
    talk.entered.clear();
}
