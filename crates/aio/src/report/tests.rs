//! What the drawing must never get wrong, whatever the layout looks like.

use aio_syntax::{Label, SyntaxErrorKind};
use unicode_width::UnicodeWidthChar;

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

/// What stands above the first underline, column for column.
fn underlined(drawn: &str) -> Option<String> {
    let lines: Vec<&str> = drawn.lines().collect();
    let mark = lines.iter().position(|line| line.contains('┬'))?;
    let is_mark = |(_, char): &(usize, char)| "─┬".contains(*char);
    let marks: Vec<usize> = lines[mark]
        .chars()
        .enumerate()
        .filter(is_mark)
        .map(|(at, _)| at)
        .collect();
    let (from, to) = (*marks.first()?, *marks.last()?);
    let mut column = 0;
    let mut above = String::new();
    for char in lines[mark - 1].chars() {
        if (from..=to).contains(&column) {
            above.push(char);
        }
        column += char.width().unwrap_or(0);
    }
    Some(above)
}

/// The widest line of source and underlines in a drawing.
fn widest(drawn: &str) -> usize {
    let body = drawn
        .lines()
        .filter(|line| line.contains('│') && !line.contains('╰'));
    let width = |line: &str| {
        line.trim_end()
            .chars()
            .map(|char| char.width().unwrap_or(0))
            .sum()
    };
    body.map(width).max().unwrap_or(0)
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

fn draw_in_columns(text: &str, what: &str, terminal: usize) -> String {
    let at = text.find(what).unwrap_or_default();
    let style = Style {
        color: false,
        columns: shown_columns(terminal),
    };
    render_all(&source(text), &[diagnostic(at, at + what.len())], style)
}

#[test]
fn the_drawing_fits_the_terminal() {
    let text = format!(
        "total = {}wrong{}\n",
        "value + ".repeat(30),
        " + value".repeat(30)
    );
    for terminal in [40, 80, 200] {
        let drawn = draw_in_columns(&text, "wrong", terminal);
        assert_eq!(underlined(&drawn).as_deref(), Some("wrong"), "{drawn}");
        assert!(widest(&drawn) <= terminal, "{terminal}\n{drawn}");
        assert!(widest(&drawn) + 4 >= terminal, "{terminal}\n{drawn}");
        assert!(drawn.contains("x.aio:1:249"), "{drawn}");
    }
    // What fits is shown whole.
    let drawn = draw_in_columns("total = wrong\n", "wrong", 40);
    assert!(
        drawn.contains("total = wrong") && !drawn.contains('…'),
        "{drawn}"
    );
}

#[test]
fn underlines_stand_under_what_they_mean_whatever_comes_before() {
    let befores = [
        "\t\t",
        "  \t ",
        "\"日本語\" + ",
        "\"👩🎉\" + ",
        "\"e\u{301}n\u{303}\" + ",
        "\"한국\" + \"ｗｉｄｅ\" + ",
        "\"\u{200b}\" + ",
        "ñ = ",
    ];
    for before in befores {
        for end in ["\n", "\r\n", ""] {
            let text = format!("x = 1{end}{before}wrong + 2{end}y = 3{end}");
            for terminal in [40, 80, 200] {
                let drawn = draw_in_columns(&text, "wrong", terminal);
                assert_eq!(
                    underlined(&drawn).as_deref(),
                    Some("wrong"),
                    "{text:?}\n{drawn}"
                );
                assert!(!drawn.contains('\r'), "{text:?}");
            }
        }
    }
}

#[test]
fn wide_characters_count_twice_when_a_line_is_cut() {
    let text = format!(
        "x = \"{}\" + wrong + \"{}\"\n",
        "日".repeat(90),
        "本".repeat(90)
    );
    for terminal in [40, 80, 200] {
        let drawn = draw_in_columns(&text, "wrong", terminal);
        assert_eq!(underlined(&drawn).as_deref(), Some("wrong"), "{drawn}");
        assert!(widest(&drawn) <= terminal, "{terminal}\n{drawn}");
        assert!(drawn.contains("x.aio:1:100"), "{drawn}");
    }
}

#[test]
fn a_line_of_a_megabyte_is_cut() {
    let half = "1 + ".repeat(130_000);
    let text = format!("a = 1\nx = {half}wrong + {half}1\nb = 2\n");
    let drawn = draw_in_columns(&text, "wrong", 80);
    assert_eq!(underlined(&drawn).as_deref(), Some("wrong"));
    assert!(drawn.len() < 2_000 && widest(&drawn) <= 80, "{drawn}");
    assert!(drawn.contains("x.aio:2:520005"), "{drawn}");
}

#[test]
fn colors_are_only_added() {
    let text = "\tx = \"日本\" + wrong\n";
    let at = text.find("wrong").unwrap_or_default();
    let one = diagnostic(at, at + 5);
    let style = |color| Style { color, columns: 72 };
    let plain = render_all(&source(text), std::slice::from_ref(&one), style(false));
    let colored = render_all(&source(text), &[one], style(true));
    assert!(!plain.contains('\x1b') && colored.contains('\x1b'));
    assert_eq!(without_escapes(&colored), plain);
}
