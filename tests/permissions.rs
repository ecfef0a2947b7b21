//! Permissions: what is denied is refused, wherever a program tries it, and the rest goes on.
//!
//! The programs in `permissions/` call every function that reaches out and say of each whether it
//! was refused. The names of the modules are held against them: a function is called there, or
//! listed here as harmless.

#[expect(dead_code, reason = "each runner uses its own part")]
mod harness;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};

use libtest_mimic::{Failed, Trial};

const KINDS: [&str; 4] = ["read", "write", "run", "net"];

/// What reaches nobody, or only this process; `walk` and `glob` find nothing in what they may not list.
const HARMLESS: &str = "Path.absolute Path.as_posix Path.as_uri Path.cwd Path.expanduser \
    Path.full_match Path.glob Path.home Path.is_absolute Path.is_relative_to Path.joinpath \
    Path.match Path.relative_to Path.rglob Path.walk Path.with_name Path.with_segments \
    Path.with_stem Path.with_suffix \
    os.PathLike os.close os.cpu_count os.dup os.error os.fdopen os.fspath os.fsync os.get_blocking \
    os.getcwd os.getenv os.getpid os.getppid os.isatty os.pipe os.process_cpu_count os.read os.set_blocking os.stat_result os.urandom os.waitstatus_to_exitcode os.walk os.write \
    os.path.abspath os.path.basename os.path.commonpath os.path.commonprefix os.path.dirname \
    os.path.expanduser os.path.fspath os.path.getcwd os.path.isabs os.path.join os.path.normcase \
    os.path.normpath os.path.relpath os.path.samestat os.path.split os.path.splitdrive \
    os.path.splitext os.path.splitroot \
    signal.Handlers signal.Signals signal.alarm signal.default_int_handler signal.getsignal \
    signal.pause signal.raise_signal signal.set_wakeup_fd signal.siginterrupt signal.signal \
    signal.strsignal signal.valid_signals \
    socket.AddressFamily socket.AddressInfo socket.IntEnum socket.IntFlag socket.SocketKind \
    socket.SocketType socket.error socket.gaierror socket.getdefaulttimeout socket.getfqdn \
    socket.gethostname socket.getservbyname socket.has_dualstack_ipv6 socket.herror socket.htonl \
    socket.htons socket.inet_aton socket.inet_ntoa socket.inet_ntop socket.inet_pton \
    socket.ntohl socket.ntohs socket.setdefaulttimeout socket.socketpair socket.timeout \
    subprocess.CalledProcessError subprocess.CompletedProcess subprocess.SubprocessError \
    subprocess.TimeoutExpired subprocess.list2cmdline";

fn main() -> ExitCode {
    let mut trials: Vec<Trial> = KINDS
        .iter()
        .map(|kind| {
            Trial::test(format!("{kind} is denied and the rest is not"), move || {
                denied(kind)
            })
        })
        .collect();
    trials.push(Trial::test("a sandbox denies everything", sandbox));
    trials.push(Trial::test(
        "every function is called or harmless",
        all_are_called,
    ));
    harness::conclude(trials)
}

/// A folder with the programs, where they may make what they want, and a module that lies elsewhere.
struct Place {
    folder: PathBuf,
}

impl Place {
    fn new(name: &str) -> Result<Place, Failed> {
        let folder =
            std::env::temp_dir().join(format!("aio-permissions-{name}-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("beside"))?;
        std::fs::create_dir_all(folder.join("elsewhere"))?;
        std::fs::write(folder.join("elsewhere/hidden.py"), "")?;
        std::fs::write(folder.join("beside/made.txt"), "")?;
        for program in harness::files(&harness::root().join("tests/permissions"), "aio") {
            std::fs::copy(&program, folder.join("beside").join(name_of(&program)))?;
        }
        Ok(Place { folder })
    }

    /// The lines that a program prints.
    fn run(&self, options: &[&str], program: &str) -> Result<Vec<String>, Failed> {
        let output = harness::aio()
            .args(options)
            .arg(program)
            .current_dir(self.folder.join("beside"))
            .env("ELSEWHERE", self.folder.join("elsewhere"))
            .stdin(Stdio::null())
            .output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
        }
        let text = String::from_utf8_lossy(&output.stdout);
        Ok(text.lines().map(str::to_owned).collect())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What is left lies in a folder for that.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn name_of(path: &Path) -> &std::ffi::OsStr {
    path.file_name().unwrap_or_default()
}

/// Every line must end so.
fn all_end(lines: &[String], ending: &str) -> Result<(), Failed> {
    if lines.is_empty() {
        return Err("nothing was tried".into());
    }
    match lines.iter().find(|line| !line.ends_with(ending)) {
        Some(line) => Err(format!("not {ending:?}: {line}").into()),
        None => Ok(()),
    }
}

fn denied(kind: &str) -> Result<(), Failed> {
    let place = Place::new(kind)?;
    let program = format!("{kind}.aio");
    let option = format!("--deny-{kind}");
    let refused = format!(": refused ({option})");
    all_end(&place.run(&[&option], &program)?, &refused)?;
    // The other permissions do not matter here, but for files that are read and written.
    let others: Vec<String> = KINDS
        .iter()
        .filter(|other| {
            *other != &kind
                && !matches!(
                    (kind, **other),
                    ("read" | "write" | "net", "read" | "write")
                )
        })
        .map(|other| format!("--deny-{other}"))
        .collect();
    let others: Vec<&str> = others.iter().map(String::as_str).collect();
    all_end(&place.run(&others, &program)?, ": went on")
}

fn sandbox() -> Result<(), Failed> {
    let place = Place::new("sandbox")?;
    for kind in KINDS {
        for line in place.run(&["--sandbox"], &format!("{kind}.aio"))? {
            if !line.contains(": refused (--deny-") {
                return Err(format!("not refused: {line}").into());
            }
        }
    }
    all_end(&place.run(&["--sandbox"], "beside.aio")?, ": went on")
}

fn all_are_called() -> Result<(), Failed> {
    let place = Place::new("names")?;
    let mut known: BTreeSet<String> = HARMLESS.split(' ').map(str::to_owned).collect();
    for kind in KINDS {
        for line in place.run(&["--sandbox"], &format!("{kind}.aio"))? {
            let name = line.split([' ', ':']).next().unwrap_or_default();
            known.insert(name.to_owned());
        }
    }
    let names = place.run(&[], "names.aio")?;
    let unknown: Vec<&String> = names.iter().filter(|name| !known.contains(*name)).collect();
    if names.is_empty() || !unknown.is_empty() {
        return Err(format!(
            "call them in tests/permissions, or list them as harmless: {unknown:?}"
        )
        .into());
    }
    Ok(())
}
