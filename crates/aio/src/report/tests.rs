//! What the drawing must never get wrong, whatever the layout looks like.

use aio_syntax::{Label, SyntaxErrorKind};

use super::*;

fn source(text: &str) -> Source {
    Source {
        name: "x.aio".to_owned(),
        text: text.to_owned(),
        dir: None,
    }
}

fn diagnostic(start: usize, end: usize) -> Diagnostic {
    Diagnostic {
        code: "A0001",
        severity: Severity::Error,
        kind: SyntaxErrorKind::SyntaxError,
        message: "expected ':'".to_owned(),
        primary: Label {
            span: Span::new(start as u32, end as u32),
            text: "here".to_owned(),
        },
        secondary: Vec::new(),
        help: Some("add a colon".to_owned()),
        notes: vec!["a note".to_owned()],
    }
}

fn draw(text: &str, start: usize, end: usize) -> String {
    render_for_run(&source(text), &[diagnostic(start, end)], Style::PLAIN)
}

/// What stands above the underline, if it is as long as the underlined text.
fn underlined(drawn: &str) -> Option<String> {
    let lines: Vec<&str> = drawn.lines().collect();
    let mark = lines.iter().position(|line| line.contains('┬'))?;
    let width: Vec<char> = lines[mark].chars().collect();
    let from = width.iter().position(|char| "─┬".contains(*char))?;
    let to = width.iter().rposition(|char| "─┬".contains(*char))?;
    let above: Vec<char> = lines[mark - 1].chars().collect();
    Some(above[from..=to].iter().collect())
}

#[test]
fn the_final_line_is_cpythons() {
    let drawn = draw("while True print(1)\n", 11, 16);
    assert_eq!(drawn.lines().last(), Some("SyntaxError: expected ':'"));
    assert!(drawn.contains("x.aio:1:12"), "{drawn}");
    assert!(drawn.contains("add a colon") && drawn.contains("a note"));
    assert!(!drawn.contains('\x1b'));
    assert_eq!(underlined(&drawn).as_deref(), Some("print"), "{drawn}");
}

#[test]
fn the_right_characters_are_underlined_behind_wide_ones_and_tabs() {
    let text = "a = \"日本\" + bad\n";
    let at = text.find("bad").unwrap_or_default();
    let drawn = draw(text, at, at + 3);
    assert!(drawn.contains("x.aio:1:12"), "{drawn}");
    let drawn = draw("\tbad\n", 1, 4);
    assert_eq!(underlined(&drawn).as_deref(), Some("bad"), "{drawn}");
}

#[test]
fn an_empty_span_is_widened() {
    assert_eq!(underlined(&draw("ab\n", 1, 1)).as_deref(), Some("b"));
    // At the end of the line the last character is the nearest.
    assert_eq!(underlined(&draw("if ab\n", 5, 5)).as_deref(), Some("b"));
}

#[test]
fn no_span_can_make_the_drawing_fail() {
    for text in ["", "\n", "é", "a\r\nb", "日本"] {
        for start in 0..8 {
            for end in 0..8 {
                assert!(draw(text, start, end).contains("expected ':'"));
            }
        }
    }
}

#[test]
fn long_lines_are_cut_around_the_place() {
    let text = format!(
        "ok = 1\nx = {}bad{}\n",
        "1 + ".repeat(500),
        " + 1".repeat(500)
    );
    let at = text.find("bad").unwrap_or_default();
    let drawn = draw(&text, at, at + 3);
    assert!(
        drawn.lines().all(|line| line.chars().count() < 150),
        "{drawn}"
    );
    assert_eq!(underlined(&drawn).as_deref(), Some("bad"), "{drawn}");
    assert!(drawn.contains("x.aio:2:2005"), "{drawn}");
}

#[test]
fn short_lines_beside_a_long_one_are_left_alone() {
    let long = "y".repeat(300);
    let text = format!("{long}\nshort\n");
    let mut both = diagnostic(301, 306);
    both.secondary.push(Label {
        span: Span::new(290, 295),
        text: "there".to_owned(),
    });
    let drawn = render_for_run(&source(&text), &[both], Style::PLAIN);
    assert!(drawn.contains("x.aio:2:1") && drawn.contains("short"));
    assert!(
        drawn.lines().all(|line| line.chars().count() < 150),
        "{drawn}"
    );
}
