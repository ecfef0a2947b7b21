//! What CPython loads with `import asyncio` is loaded here when it is needed, so that a program that
//! only sleeps starts at once. But that takes milliseconds, and in the middle of a running loop timers
//! would fall due meanwhile: a server that listens in the first turn under CPython would do so only
//! after a client, which gave it ten milliseconds, had tried. So what the texts of a program mention is
//! loaded before its loop is made.

use super::{network, subprocess, threads};
use crate::modules::import;
use crate::vm::Vm;

/// Parts of the package that are written in our own language, with the words that lead to them.
const PARTS: [(&str, &[&str]); 3] = [
    (
        network::TEXT,
        &[
            "open_connection",
            "start_server",
            "open_unix_connection",
            "start_unix_server",
            "create_connection",
            "create_server",
            "create_unix_connection",
            "create_unix_server",
            "create_datagram_endpoint",
            "connect_accepted_socket",
            "sock_connect",
            "getaddrinfo",
        ],
    ),
    (
        subprocess::TEXT,
        &[
            "create_subprocess_exec",
            "create_subprocess_shell",
            "subprocess_exec",
            "subprocess_shell",
        ],
    ),
    (
        threads::TEXT,
        &[
            "to_thread",
            "run_in_executor",
            "run_coroutine_threadsafe",
            "wrap_future",
        ],
    ),
];

/// Loads what the texts mention that came since the last time.
pub fn before_loop(vm: &mut Vm) {
    let from = vm.asyncio.preloaded;
    let texts: Vec<_> = vm.sources.texts(from).cloned().collect();
    vm.asyncio.preloaded += texts.len();
    for (part, words) in PARTS {
        let mentions = |text: &str, word: &&str| {
            memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some()
        };
        let mut users = texts.iter().filter(|file| file.is_users());
        if users.any(|file| words.iter().any(|word| mentions(&file.text, word)))
            && import(vm, part).is_err()
        {
            // Who needs it will be told.
            drop(vm.take_pending());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{PARTS, network, subprocess, threads};

    #[test]
    fn the_words_are_the_names_of_functions() {
        let names = [network::NAMES, subprocess::NAMES, threads::NAMES];
        for ((part, words), names) in PARTS.iter().zip(names) {
            let functions = names
                .iter()
                .filter(|name| !name.starts_with(char::is_uppercase));
            for name in functions {
                assert!(words.contains(name), "{part} lacks {name}");
            }
        }
    }
}
