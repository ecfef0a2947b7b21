//! `aio explain`: what a code means, told with a wrong and a right program.

use aio_check::Page;

use crate::Exit;
use crate::terminal;

/// Tells about one code, or lists all.
pub(crate) fn explain(code: Option<&str>) -> Exit {
    let Some(code) = code else {
        terminal::print(&list());
        return Exit::OK;
    };
    match aio_check::page(code) {
        Some(page) => {
            terminal::print(&as_text(page, terminal::stdout_has_color()));
            Exit::OK
        }
        None => {
            terminal::say(&format!(
                "aio: there is no code {code}; `aio explain` lists all"
            ));
            Exit::USAGE
        }
    }
}

fn list() -> String {
    let line = |page: Page| format!("{}  {}\n", page.code, page.title());
    let mut text: String = aio_check::pages().map(line).collect();
    text.push_str("\n`aio explain CODE` tells about one, with a wrong and a right program.\n");
    text
}

/// The page without its fences, programs indented.
fn as_text(page: Page, color: bool) -> String {
    let mut text = String::new();
    let mut is_code = false;
    for line in page.text.lines() {
        if line.starts_with("```") {
            is_code = !is_code;
        } else if is_code && line.is_empty() {
            text.push('\n');
        } else if is_code {
            text.push_str(&format!("    {line}\n"));
        } else {
            let heading = line.strip_prefix("# ");
            let is_bold = heading.is_some() || matches!(line, "Wrong:" | "Right:");
            text.push_str(&bold(heading.unwrap_or(line), is_bold && color));
            text.push('\n');
        }
    }
    text
}

fn bold(line: &str, is_bold: bool) -> String {
    if is_bold {
        format!("\x1b[1m{line}\x1b[0m")
    } else {
        line.to_owned()
    }
}
