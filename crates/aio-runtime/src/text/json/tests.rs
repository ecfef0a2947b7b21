//! Documents that CPython 3.13 read and wrote, and ours.

use super::*;

/// Reads a document and writes it again, as `json.dumps(json.loads(text), ensure_ascii=False)` does.
fn rewritten(text: &str) -> Result<String, String> {
    let shown = |fault| match fault {
        ReadFault::Decode(error) => error.text(),
        ReadFault::Other(fault) => fault.text().to_owned(),
    };
    let mut reader = Reader::new(text, true, 4300);
    let mut writer = Writer::new(Layout {
        ascii_only: false,
        ..Layout::with_indent(None)
    });
    while let Some(event) = reader.next_event().map_err(shown)? {
        write_event(&mut writer, event);
    }
    reader.finish().map_err(shown)?;
    Ok(writer.finish())
}

fn write_event(writer: &mut Writer, event: Event) {
    match event {
        Event::Null => writer.literal("null"),
        Event::Bool(value) => writer.literal(if value { "true" } else { "false" }),
        Event::Int(value) => writer.literal(&num_bigint::BigInt::from(value).to_string()),
        Event::Float(x) => writer.literal(&float(x, true).expect("NaN is allowed")),
        Event::Text(text) => writer.string(&text),
        Event::ListBegin => writer.begin('['),
        Event::ListEnd => writer.end(']'),
        Event::ObjectBegin => writer.begin('{'),
        Event::Key(key) => writer.key(&key),
        Event::ObjectEnd => writer.end('}'),
    }
}

#[test]
fn documents_are_read_as_by_cpython() {
    for (text, expected) in &DOCUMENTS {
        let ours = rewritten(text);
        let ours = ours.as_ref().map(String::as_str).map_err(String::as_str);
        assert_eq!(ours, *expected, "{text:?}");
    }
}

#[test]
fn control_characters_pass_where_reading_is_not_strict() {
    let mut reader = Reader::new("\"a\nb\" x", false, 0);
    assert_eq!(reader.next_event(), Ok(Some(Event::Text("a\nb".into()))));
    assert_eq!(reader.next_event(), Ok(None));
    assert_eq!(reader.position(), 5);
}

#[test]
fn containers_are_indented() {
    let mut writer = Writer::new(Layout::with_indent(Some("  ".into())));
    writer.begin('[');
    writer.literal("1");
    writer.begin('{');
    writer.key("a");
    writer.begin('[');
    writer.end(']');
    writer.key("b");
    writer.string("é\u{7f}😀");
    writer.end('}');
    writer.begin('{');
    writer.end('}');
    writer.end(']');
    let expected =
        "[\n  1,\n  {\n    \"a\": [],\n    \"b\": \"\\u00e9\\u007f\\ud83d\\ude00\"\n  },\n  {}\n]";
    assert_eq!(writer.finish(), expected);
}

#[test]
fn floats_beyond_numbers_may_be_refused() {
    assert_eq!(float(1e16, false), Ok("1e+16".into()));
    assert_eq!(float(f64::NEG_INFINITY, true), Ok("-Infinity".into()));
    assert_eq!(
        float(f64::NEG_INFINITY, false),
        Err(Fault::value(
            "Out of range float values are not JSON compliant: -inf"
        ))
    );
}

/// A document, and the document again or the message.
#[rustfmt::skip]
static DOCUMENTS: [(&str, Result<&str, &str>); 74] = [
    ("", Err("Expecting value: line 1 column 1 (char 0)")),
    ("  ", Err("Expecting value: line 1 column 3 (char 2)")),
    ("{", Err("Expecting property name enclosed in double quotes: line 1 column 2 (char 1)")),
    ("[", Err("Expecting value: line 1 column 2 (char 1)")),
    ("{\"a\"", Err("Expecting ':' delimiter: line 1 column 5 (char 4)")),
    ("{\"a\":", Err("Expecting value: line 1 column 6 (char 5)")),
    ("{\"a\":1", Err("Expecting ',' delimiter: line 1 column 7 (char 6)")),
    ("{\"a\":1,", Err("Expecting property name enclosed in double quotes: line 1 column 8 (char 7)")),
    ("{\"a\":1,}", Err("Illegal trailing comma before end of object: line 1 column 7 (char 6)")),
    ("{\"a\":1 ,  }", Err("Illegal trailing comma before end of object: line 1 column 8 (char 7)")),
    ("[1,]", Err("Illegal trailing comma before end of array: line 1 column 3 (char 2)")),
    ("[1, ]", Err("Illegal trailing comma before end of array: line 1 column 3 (char 2)")),
    ("[1,", Err("Expecting value: line 1 column 4 (char 3)")),
    ("[1", Err("Expecting ',' delimiter: line 1 column 3 (char 2)")),
    ("[1 2]", Err("Expecting ',' delimiter: line 1 column 4 (char 3)")),
    ("{\"a\" 1}", Err("Expecting ':' delimiter: line 1 column 6 (char 5)")),
    ("{\"a\":1 \"b\"}", Err("Expecting ',' delimiter: line 1 column 8 (char 7)")),
    ("{a:1}", Err("Expecting property name enclosed in double quotes: line 1 column 2 (char 1)")),
    ("{'a':1}", Err("Expecting property name enclosed in double quotes: line 1 column 2 (char 1)")),
    ("\"abc", Err("Unterminated string starting at: line 1 column 1 (char 0)")),
    ("\"a\nb\"", Err("Invalid control character at: line 1 column 3 (char 2)")),
    ("\"\\x\"", Err("Invalid \\escape: line 1 column 2 (char 1)")),
    ("\"\\u12\"", Err("Invalid \\uXXXX escape: line 1 column 3 (char 2)")),
    ("\"\\u12G4\"", Err("Invalid \\uXXXX escape: line 1 column 3 (char 2)")),
    ("\"\\", Err("Unterminated string starting at: line 1 column 1 (char 0)")),
    ("\"\\u", Err("Invalid \\uXXXX escape: line 1 column 3 (char 2)")),
    ("tru", Err("Expecting value: line 1 column 1 (char 0)")),
    ("nul", Err("Expecting value: line 1 column 1 (char 0)")),
    ("01", Err("Extra data: line 1 column 2 (char 1)")),
    ("-", Err("Expecting value: line 1 column 1 (char 0)")),
    ("1.", Err("Extra data: line 1 column 2 (char 1)")),
    (".5", Err("Expecting value: line 1 column 1 (char 0)")),
    ("1e", Err("Extra data: line 1 column 2 (char 1)")),
    ("1e5", Ok("100000.0")),
    ("-0", Ok("0")),
    ("-0.0", Ok("-0.0")),
    ("1E+2", Ok("100.0")),
    ("NaN", Ok("NaN")),
    ("-Infinity", Ok("-Infinity")),
    ("Infinity", Ok("Infinity")),
    ("[1] x", Err("Extra data: line 1 column 5 (char 4)")),
    ("[\n1,\n  x]", Err("Expecting value: line 3 column 3 (char 7)")),
    ("\u{feff}[]", Err("Unexpected UTF-8 BOM (decode using utf-8-sig): line 1 column 1 (char 0)")),
    ("\"\\ud83d\\ude00\"", Ok("\"\u{1f600}\"")),
    ("[[[]],{}]", Ok("[[[]], {}]")),
    ("\"\\/\\b\\f\\n\\r\\t\\\"\\\\\"", Ok("\"/\\b\\f\\n\\r\\t\\\"\\\\\"")),
    ("{\"\u{e9}\":x}", Err("Expecting value: line 1 column 6 (char 5)")),
    ("[\"\u{e9}\", \"\u{1}\"]", Err("Invalid control character at: line 1 column 8 (char 7)")),
    ("123456789012345678901234567890", Ok("123456789012345678901234567890")),
    ("1.5e400", Ok("Infinity")),
    ("[1,,2]", Err("Expecting value: line 1 column 4 (char 3)")),
    ("{,}", Err("Expecting property name enclosed in double quotes: line 1 column 2 (char 1)")),
    ("[,]", Err("Expecting value: line 1 column 2 (char 1)")),
    ("{\"a\":}", Err("Expecting value: line 1 column 6 (char 5)")),
    ("\"\\u0041\\u00e9\"", Ok("\"A\u{e9}\"")),
    (" [ 1 , { \"a\" : [ true , false , null ] } ] ", Ok("[1, {\"a\": [true, false, null]}]")),
    ("-Inf", Err("Expecting value: line 1 column 1 (char 0)")),
    ("-x", Err("Expecting value: line 1 column 1 (char 0)")),
    ("{\"a\":1,,}", Err("Expecting property name enclosed in double quotes: line 1 column 8 (char 7)")),
    ("{1:2}", Err("Expecting property name enclosed in double quotes: line 1 column 2 (char 1)")),
    ("nan", Err("Expecting value: line 1 column 1 (char 0)")),
    ("\u{b}1", Err("Expecting value: line 1 column 1 (char 0)")),
    ("1\u{a0}", Err("Extra data: line 1 column 2 (char 1)")),
    ("1e-5", Ok("1e-05")),
    ("0.1", Ok("0.1")),
    ("{\"a\":1\n", Err("Expecting ',' delimiter: line 2 column 1 (char 7)")),
    ("[\"a\\", Err("Unterminated string starting at: line 1 column 2 (char 1)")),
    ("+1", Err("Expecting value: line 1 column 1 (char 0)")),
    ("--1", Err("Expecting value: line 1 column 1 (char 0)")),
    ("[1]]", Err("Extra data: line 1 column 4 (char 3)")),
    ("{\"a\":1}}", Err("Extra data: line 1 column 8 (char 7)")),
    ("\"a\" \"b\"", Err("Extra data: line 1 column 5 (char 4)")),
    ("null1", Err("Extra data: line 1 column 5 (char 4)")),
    ("trueq", Err("Extra data: line 1 column 5 (char 4)")),
];
