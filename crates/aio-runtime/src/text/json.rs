//! JSON: reading text into events, and writing values as text.
//!
//! `Reader` hands out events and keeps its own stack, so that deep nesting costs no stack of ours; what
//! the events build is the evaluator's business. `Writer` takes values in order and lays them out. Texts
//! and positions of errors are CPython's.

use crate::num::{Fault, Int, float_text, int_text};
use std::borrow::Cow;

/// Why reading failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadFault {
    /// `json.JSONDecodeError`.
    Decode(DecodeError),
    /// Another exception.
    Other(Fault),
}

/// The fields of a `JSONDecodeError`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// What is wrong (`msg`).
    pub message: &'static str,
    /// Where, in code points (`pos`).
    pub position: usize,
    /// The line, from one (`lineno`).
    pub line: usize,
    /// The column, from one (`colno`).
    pub column: usize,
}

impl DecodeError {
    fn new(message: &'static str, text: &str, offset: usize) -> Self {
        let before = &text[..offset];
        let line_begin = before.rfind('\n').map_or(0, |idx| idx + 1);
        Self {
            message,
            position: before.chars().count(),
            line: before.matches('\n').count() + 1,
            column: before[line_begin..].chars().count() + 1,
        }
    }

    /// `str(error)`.
    pub fn text(&self) -> String {
        let Self {
            message,
            position,
            line,
            column,
        } = self;
        format!("{message}: line {line} column {column} (char {position})")
    }
}

/// A step through a document. Strings without escapes are parts of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Event<'a> {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number without fraction and exponent.
    Int(Int),
    /// Another number, `NaN` or an infinity.
    Float(f64),
    /// A string that is a value.
    Text(Cow<'a, str>),
    /// `[`
    ListBegin,
    /// `]`
    ListEnd,
    /// `{`
    ObjectBegin,
    /// A string that is a key.
    Key(Cow<'a, str>),
    /// `}`
    ObjectEnd,
}

/// What may come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Value,
    FirstItem,
    FirstKey,
    /// Behind an item of a list.
    ItemEnd,
    /// Behind a value of an object.
    ValueEnd,
    End,
}

/// Reads one document.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    text: &'a str,
    offset: usize,
    /// Where the last word or number begins.
    literal: usize,
    /// For each open container whether it is an object.
    open: Vec<bool>,
    next: Next,
    strict: bool,
    max_digits: usize,
}

impl<'a> Reader<'a> {
    /// Begins to read at the beginning. `strict` refuses control characters in strings; `max_digits` is the limit
    /// on the digits of integers.
    pub fn new(text: &'a str, strict: bool, max_digits: usize) -> Self {
        Self {
            text,
            offset: 0,
            literal: 0,
            open: Vec::new(),
            next: Next::Value,
            strict,
            max_digits,
        }
    }

    /// How many containers are open.
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// The next event; none once the document is complete. Then `finish` checks that nothing follows.
    #[inline(always)]
    pub fn next_event(&mut self) -> Result<Option<Event<'a>>, ReadFault> {
        match self.next {
            Next::End => Ok(None),
            Next::Value => {
                self.skip_space();
                self.value().map(Some)
            }
            Next::FirstItem => {
                self.skip_space();
                if self.eat(b']') {
                    return Ok(Some(self.close()));
                }
                self.value().map(Some)
            }
            Next::FirstKey => {
                self.skip_space();
                if self.eat(b'}') {
                    return Ok(Some(self.close()));
                }
                self.key().map(Some)
            }
            Next::ItemEnd => self.behind_item(),
            Next::ValueEnd => self.behind_value(),
        }
    }

    /// Checks that only white space follows the document.
    pub fn finish(&mut self) -> Result<(), ReadFault> {
        self.skip_space();
        if self.offset < self.text.len() {
            return Err(self.error("Extra data", self.offset));
        }
        Ok(())
    }

    /// Where the document ended, in code points: what `raw_decode` returns.
    pub fn position(&self) -> usize {
        self.text[..self.offset].chars().count()
    }

    /// The text of the number that was read last; none if that was a word (`NaN`).
    pub fn number_text(&self) -> Option<&'a str> {
        let text = self.text.get(self.literal..self.offset)?;
        text.ends_with(|c: char| c.is_ascii_digit()).then_some(text)
    }

    fn error(&self, message: &'static str, offset: usize) -> ReadFault {
        ReadFault::Decode(DecodeError::new(message, self.text, offset))
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.offset).copied()
    }

    fn eat(&mut self, wanted: u8) -> bool {
        let found = self.peek() == Some(wanted);
        self.offset += usize::from(found);
        found
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.offset += 1;
        }
    }

    /// What may come behind a value that is complete.
    fn behind(&self) -> Next {
        match self.open.last() {
            None => Next::End,
            Some(true) => Next::ValueEnd,
            Some(false) => Next::ItemEnd,
        }
    }

    #[inline]
    fn close(&mut self) -> Event<'a> {
        let was_object = self.open.pop() == Some(true);
        self.next = self.behind();
        if was_object {
            Event::ObjectEnd
        } else {
            Event::ListEnd
        }
    }

    #[inline(always)]
    fn behind_item(&mut self) -> Result<Option<Event<'a>>, ReadFault> {
        self.skip_space();
        if self.eat(b']') {
            return Ok(Some(self.close()));
        }
        let comma = self.offset;
        if !self.eat(b',') {
            return Err(self.error("Expecting ',' delimiter", comma));
        }
        self.skip_space();
        if self.peek() == Some(b']') {
            return Err(self.error("Illegal trailing comma before end of array", comma));
        }
        self.value().map(Some)
    }

    #[inline(always)]
    fn behind_value(&mut self) -> Result<Option<Event<'a>>, ReadFault> {
        self.skip_space();
        if self.eat(b'}') {
            return Ok(Some(self.close()));
        }
        let comma = self.offset;
        if !self.eat(b',') {
            return Err(self.error("Expecting ',' delimiter", comma));
        }
        self.skip_space();
        if self.peek() == Some(b'}') {
            return Err(self.error("Illegal trailing comma before end of object", comma));
        }
        self.key().map(Some)
    }

    fn key(&mut self) -> Result<Event<'a>, ReadFault> {
        if self.peek() != Some(b'"') {
            return Err(self.error(
                "Expecting property name enclosed in double quotes",
                self.offset,
            ));
        }
        let key = self.string()?;
        self.skip_space();
        if !self.eat(b':') {
            return Err(self.error("Expecting ':' delimiter", self.offset));
        }
        self.next = Next::Value;
        Ok(Event::Key(key))
    }

    fn value(&mut self) -> Result<Event<'a>, ReadFault> {
        let event = match self.peek() {
            Some(b'[') => {
                self.offset += 1;
                self.open.push(false);
                self.next = Next::FirstItem;
                return Ok(Event::ListBegin);
            }
            Some(b'{') => {
                self.offset += 1;
                self.open.push(true);
                self.next = Next::FirstKey;
                return Ok(Event::ObjectBegin);
            }
            Some(b'"') => Event::Text(self.string()?),
            _ => self.literal()?,
        };
        self.next = self.behind();
        Ok(event)
    }

    /// A word or a number.
    fn literal(&mut self) -> Result<Event<'a>, ReadFault> {
        self.literal = self.offset;
        let rest = &self.text[self.offset..];
        let (word, event) = match rest.as_bytes() {
            [b'n', ..] => ("null", Event::Null),
            [b't', ..] => ("true", Event::Bool(true)),
            [b'f', ..] => ("false", Event::Bool(false)),
            [b'N', ..] => ("NaN", Event::Float(f64::NAN)),
            [b'I', ..] => ("Infinity", Event::Float(f64::INFINITY)),
            [b'-', b'I', ..] => ("-Infinity", Event::Float(f64::NEG_INFINITY)),
            _ => return self.number(),
        };
        if !rest.starts_with(word) {
            return Err(self.error("Expecting value", self.offset));
        }
        self.offset += word.len();
        Ok(event)
    }

    fn number(&mut self) -> Result<Event<'a>, ReadFault> {
        let rest = &self.text[self.offset..];
        if let Some((value, len)) = short_int(rest.as_bytes()) {
            self.offset += len;
            return Ok(Event::Int(Int::Small(value)));
        }
        let Some((len, is_float)) = number_len(rest.as_bytes()) else {
            if self.offset == 0 && rest.starts_with('\u{feff}') {
                return Err(self.error("Unexpected UTF-8 BOM (decode using utf-8-sig)", 0));
            }
            return Err(self.error("Expecting value", self.offset));
        };
        let digits = &rest[..len];
        self.offset += len;
        if is_float {
            return float_text::parse(digits)
                .map(Event::Float)
                .map_err(ReadFault::Other);
        }
        int_text::parse(digits, 10, self.max_digits)
            .map(Event::Int)
            .map_err(ReadFault::Other)
    }

    /// Reads a string: a part of the document if nothing in it is escaped.
    #[expect(clippy::indexing_slicing, reason = "a byte is below 256")]
    fn string(&mut self) -> Result<Cow<'a, str>, ReadFault> {
        let (text, begin) = (self.text, self.offset);
        self.offset += 1;
        let mut out = String::new();
        loop {
            let rest = &text[self.offset..];
            let is_special = |byte: u8| !PLAIN[usize::from(byte)];
            let Some(plain) = rest.bytes().position(is_special) else {
                return Err(self.error("Unterminated string starting at", begin));
            };
            self.offset += plain + 1;
            let (plain, rest) = rest.split_at(plain);
            let special = rest.as_bytes().first().copied().unwrap_or(b'"');
            if special == b'"' && out.is_empty() {
                return Ok(Cow::Borrowed(plain));
            }
            out.push_str(plain);
            match special {
                b'"' => return Ok(Cow::Owned(out)),
                b'\\' => self.escape(&mut out, begin)?,
                _ if self.strict => {
                    return Err(self.error("Invalid control character at", self.offset - 1));
                }
                control => out.push(char::from(control)),
            }
        }
    }

    /// Reads what follows a backslash.
    fn escape(&mut self, out: &mut String, begin: usize) -> Result<(), ReadFault> {
        let c = match self.peek() {
            None => return Err(self.error("Unterminated string starting at", begin)),
            Some(c @ (b'"' | b'\\' | b'/')) => char::from(c),
            Some(b'b') => '\x08',
            Some(b'f') => '\x0c',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let first = self.four_digits()?;
                out.push(self.join_surrogates(first));
                return Ok(());
            }
            Some(_) => return Err(self.error("Invalid \\escape", self.offset - 1)),
        };
        self.offset += 1;
        out.push(c);
        Ok(())
    }

    /// Reads `u` and four hexadecimal digits.
    fn four_digits(&mut self) -> Result<u32, ReadFault> {
        let digits = self.text.as_bytes().get(self.offset + 1..self.offset + 5);
        let value = digits.and_then(|digits| {
            digits.iter().try_fold(0, |value, &digit| {
                Some(value << 4 | char::from(digit).to_digit(16)?)
            })
        });
        let value = value.ok_or_else(|| self.error("Invalid \\uXXXX escape", self.offset))?;
        self.offset += 5;
        Ok(value)
    }

    /// Joins the two halves of a pair. Our strings hold no lone half: it becomes the replacement character.
    fn join_surrogates(&mut self, first: u32) -> char {
        if (0xd800..0xdc00).contains(&first) && self.text[self.offset..].starts_with("\\u") {
            let before = self.offset;
            self.offset += 1;
            if let Ok(second @ 0xdc00..=0xdfff) = self.four_digits() {
                let joined = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return char::from_u32(joined).unwrap_or(char::REPLACEMENT_CHARACTER);
            }
            self.offset = before;
        }
        char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER)
    }
}

/// The integer at the beginning and its length, if it has at most 18 digits and is all of the number.
fn short_int(bytes: &[u8]) -> Option<(i64, usize)> {
    const MOST: usize = 18;
    let sign = usize::from(bytes.first() == Some(&b'-'));
    let mut len = sign;
    let mut value = 0;
    while let Some(digit @ b'0'..=b'9') = bytes.get(len) {
        if len == sign + MOST {
            return None;
        }
        value = value * 10 + i64::from(digit - b'0');
        len += 1;
    }
    let goes_on = matches!(bytes.get(len), Some(b'.' | b'e' | b'E'));
    let has_zero = bytes.get(sign) == Some(&b'0') && len > sign + 1;
    if len == sign || goes_on || has_zero {
        return None;
    }
    Some((if sign == 1 { -value } else { value }, len))
}

/// The length of the number at the beginning, and whether it has a fraction or an exponent.
fn number_len(bytes: &[u8]) -> Option<(usize, bool)> {
    let digits_from = |from: usize| {
        let digits = bytes.iter().skip(from);
        digits.take_while(|byte| byte.is_ascii_digit()).count()
    };
    let sign = usize::from(bytes.first() == Some(&b'-'));
    let mut end = match bytes.get(sign) {
        // A leading zero is the whole integer part.
        Some(b'0') => sign + 1,
        Some(b'1'..=b'9') => sign + digits_from(sign),
        _ => return None,
    };
    let whole_end = end;
    if bytes.get(end) == Some(&b'.') && digits_from(end + 1) > 0 {
        end += 1 + digits_from(end + 1);
    }
    if let Some(b'e' | b'E') = bytes.get(end) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let digits = digits_from((end + 1 + sign).min(bytes.len()));
        if digits > 0 {
            end += 1 + sign + digits;
        }
    }
    Some((end, end > whole_end))
}

/// Which bytes stand in a string as they are.
static PLAIN: [bool; 256] = plain_bytes(false);

/// As [`PLAIN`], where all beyond ASCII is escaped.
static PLAIN_ASCII: [bool; 256] = plain_bytes(true);

#[expect(clippy::indexing_slicing, reason = "a byte is below 256")]
const fn plain_bytes(ascii_only: bool) -> [bool; 256] {
    let mut plain = [false; 256];
    let mut byte = b' ';
    loop {
        plain[byte as usize] = !(matches!(byte, b'"' | b'\\') || ascii_only && byte >= 0x7f);
        if byte == u8::MAX {
            return plain;
        }
        byte += 1;
    }
}

/// Appends a string in quotes. `ascii_only` escapes everything beyond ASCII, as pairs beyond the basic plane.
#[expect(clippy::indexing_slicing, reason = "a byte is below 256")]
pub fn push_string(out: &mut String, text: &str, ascii_only: bool) {
    let plain = if ascii_only { &PLAIN_ASCII } else { &PLAIN };
    out.push('"');
    let mut rest = text;
    loop {
        let end = rest.bytes().position(|byte| !plain[usize::from(byte)]);
        let (head, tail) = rest.split_at(end.unwrap_or(rest.len()));
        out.push_str(head);
        let mut tail = tail.chars();
        let Some(c) = tail.next() else {
            break;
        };
        push_escaped(out, c);
        rest = tail.as_str();
    }
    out.push('"');
}

#[expect(clippy::indexing_slicing, reason = "a nibble is below 16")]
fn push_escaped(out: &mut String, c: char) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\x08' => out.push_str("\\b"),
        '\x0c' => out.push_str("\\f"),
        _ => {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let digit = |place: u16| DIGITS[usize::from(*unit >> (4 * place) & 0xf)];
                let escape = [b'\\', b'u', digit(3), digit(2), digit(1), digit(0)];
                out.push_str(std::str::from_utf8(&escape).expect("an escape is ASCII"));
            }
        }
    }
}

/// A float as JSON shows it.
pub fn float(x: f64, allow_nan: bool) -> Result<String, Fault> {
    if x.is_finite() {
        return Ok(float_text::repr(x));
    }
    if !allow_nan {
        let shown = float_text::repr(x);
        return Err(Fault::Value(format!(
            "Out of range float values are not JSON compliant: {shown}"
        )));
    }
    let name = if x.is_nan() { "NaN" } else { "Infinity" };
    let sign = if x == f64::NEG_INFINITY { "-" } else { "" };
    Ok(format!("{sign}{name}"))
}

/// How a document is laid out.
#[derive(Clone, Debug)]
pub struct Layout {
    /// What each level is indented by; none for everything on one line.
    pub indent: Option<String>,
    /// Between items.
    pub item_separator: String,
    /// Between key and value.
    pub key_separator: String,
    /// Escape everything beyond ASCII.
    pub ascii_only: bool,
}

impl Layout {
    /// The layout that `json.dumps` has for an indent and no separators given.
    pub fn with_indent(indent: Option<String>) -> Self {
        Self {
            item_separator: if indent.is_some() { "," } else { ", " }.to_owned(),
            indent,
            key_separator: ": ".to_owned(),
            ascii_only: true,
        }
    }
}

/// Lays out values that come in order.
#[derive(Clone, Debug)]
pub struct Writer {
    out: String,
    layout: Layout,
    /// For each open container whether it holds something.
    open: Vec<bool>,
    /// Whether a key has just been written.
    after_key: bool,
}

impl Writer {
    /// Begins a document.
    pub fn new(layout: Layout) -> Self {
        Self {
            out: String::new(),
            layout,
            open: Vec::new(),
            after_key: false,
        }
    }

    /// How many containers are open.
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// Writes what stands before an item: a separator, a new line.
    fn before(&mut self) {
        if std::mem::take(&mut self.after_key) {
            return;
        }
        let Some(holds_something) = self.open.last_mut() else {
            return;
        };
        if std::mem::replace(holds_something, true) {
            self.out.push_str(&self.layout.item_separator);
        }
        self.new_line();
    }

    fn new_line(&mut self) {
        if let Some(indent) = &self.layout.indent {
            self.out.push('\n');
            for _ in 0..self.open.len() {
                self.out.push_str(indent);
            }
        }
    }

    /// Writes `null`, `true`, `false` or a number.
    pub fn literal(&mut self, text: &str) {
        self.before();
        self.out.push_str(text);
    }

    /// Writes a string.
    pub fn string(&mut self, text: &str) {
        self.before();
        push_string(&mut self.out, text, self.layout.ascii_only);
    }

    /// Writes a key; the value follows.
    pub fn key(&mut self, text: &str) {
        self.string(text);
        self.out.push_str(&self.layout.key_separator);
        self.after_key = true;
    }

    /// Opens a container with `[` or `{`.
    pub fn begin(&mut self, bracket: char) {
        self.before();
        self.out.push(bracket);
        self.open.push(false);
    }

    /// Closes a container with `]` or `}`.
    pub fn end(&mut self, bracket: char) {
        if self.open.pop() == Some(true) {
            self.new_line();
        }
        self.out.push(bracket);
    }

    /// The document.
    pub fn finish(self) -> String {
        self.out
    }
}

#[cfg(test)]
mod tests;
