//! The templates of `str.format`: literal text and replacement fields.
//!
//! `Template` cuts a template into pieces, one at a time, because a mistake in it is only found when the output has come
//! that far. A field's spec may hold fields of its own: the evaluator expands it as a template again, at most
//! one level deep. `FieldPath` reads a field's name: which argument, then attributes and items.

use crate::num::Fault;

use super::unicode::decimal_value;

/// How deep templates may nest: the template itself and the specs of its fields.
pub const MAX_DEPTH: usize = 2;

/// What the evaluator raises for specs within specs within specs.
pub fn too_deep() -> Fault {
    Fault::value("Max string recursion exceeded")
}

/// A replacement field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// Which value: to be read by `FieldPath`.
    pub name: &'a str,
    /// The character after `!`.
    pub conversion: Option<char>,
    /// What follows the `:`, or nothing.
    pub spec: &'a str,
    /// Whether the spec holds braces and is to be expanded first.
    pub spec_is_template: bool,
}

/// Literal text and the field that follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// Text to be copied.
    pub literal: &'a str,
    /// The field, unless the piece is text alone.
    pub field: Option<Field<'a>>,
}

/// The pieces of a template.
#[derive(Clone, Debug)]
pub struct Template<'a> {
    rest: &'a str,
}

impl<'a> Template<'a> {
    /// Begins to read a template.
    pub fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    fn piece(&mut self) -> Result<Piece<'a>, Fault> {
        let text = self.rest;
        let Some(brace) = memchr::memchr2(b'{', b'}', text.as_bytes()) else {
            self.rest = "";
            return Ok(Piece {
                literal: text,
                field: None,
            });
        };
        let (literal, from_brace) = text.split_at(brace);
        let doubled = from_brace.as_bytes().get(1) == from_brace.as_bytes().first();
        if doubled {
            // A doubled brace stands for itself.
            self.rest = &from_brace[2..];
            return Ok(Piece {
                literal: &text[..=brace],
                field: None,
            });
        }
        if from_brace.starts_with('}') {
            return Err(Fault::value("Single '}' encountered in format string"));
        }
        if from_brace.len() == 1 {
            return Err(Fault::value("Single '{' encountered in format string"));
        }
        self.rest = &from_brace[1..];
        let field = Some(self.field()?);
        Ok(Piece { literal, field })
    }

    /// Reads a field, from behind its opening brace to behind its closing one.
    fn field(&mut self) -> Result<Field<'a>, Fault> {
        let text = self.rest;
        let end = name_end(text)?;
        let name = &text[..end];
        let mut field = Field {
            name,
            conversion: None,
            spec: "",
            spec_is_template: false,
        };
        let mut rest = &text[end + 1..];
        if text.as_bytes().get(end) == Some(&b'}') {
            self.rest = rest;
            return Ok(field);
        }
        if text.as_bytes().get(end) == Some(&b'!') {
            let mut chars = rest.chars();
            field.conversion = chars.next();
            if field.conversion.is_none() {
                return Err(Fault::value(
                    "end of string while looking for conversion specifier",
                ));
            }
            match chars.next() {
                Some('}') => {
                    self.rest = chars.as_str();
                    return Ok(field);
                }
                Some(':') | None => rest = chars.as_str(),
                Some(_) => return Err(Fault::value("expected ':' after conversion specifier")),
            }
        }
        let mut depth = 1;
        for (offset, byte) in rest.bytes().enumerate() {
            match byte {
                b'{' => {
                    field.spec_is_template = true;
                    depth += 1;
                }
                b'}' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                field.spec = &rest[..offset];
                self.rest = &rest[offset + 1..];
                return Ok(field);
            }
        }
        Err(Fault::value("unmatched '{' in format spec"))
    }
}

/// Where a field's name ends: at `}`, `:` or `!` outside of brackets.
fn name_end(text: &str) -> Result<usize, Fault> {
    let mut in_brackets = false;
    for (offset, byte) in text.bytes().enumerate() {
        match byte {
            _ if in_brackets => in_brackets = byte != b']',
            b'{' => return Err(Fault::value("unexpected '{' in field name")),
            b'[' => in_brackets = true,
            b'}' | b':' | b'!' => return Ok(offset),
            _ => {}
        }
    }
    Err(Fault::value("expected '}' before end of string"))
}

impl<'a> Iterator for Template<'a> {
    type Item = Result<Piece<'a>, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        (!self.rest.is_empty()).then(|| self.piece())
    }
}

/// The argument that a field names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument<'a> {
    /// A positional one.
    Position(usize),
    /// A keyword one.
    Keyword(&'a str),
}

/// What the evaluator raises for a position without an argument.
pub fn position_out_of_range(position: usize) -> Fault {
    Fault::Index(format!(
        "Replacement index {position} out of range for positional args tuple"
    ))
}

/// Whether the fields of a template number themselves; shared with the templates in its specs.
#[derive(Clone, Copy, Debug, Default)]
pub enum Numbering {
    /// No field has told.
    #[default]
    Unknown,
    /// `{}`: the next field takes this position.
    Automatic(usize),
    /// `{0}`
    Manual,
}

impl Numbering {
    fn next_automatic(&mut self) -> Result<usize, Fault> {
        let position = match *self {
            Self::Unknown => 0,
            Self::Automatic(position) => position,
            Self::Manual => {
                return Err(Fault::value(
                    "cannot switch from manual field specification to automatic field numbering",
                ));
            }
        };
        *self = Self::Automatic(position + 1);
        Ok(position)
    }

    fn take_manual(&mut self) -> Result<(), Fault> {
        if matches!(self, Self::Automatic(_)) {
            return Err(Fault::value(
                "cannot switch from automatic field numbering to manual field specification",
            ));
        }
        *self = Self::Manual;
        Ok(())
    }
}

/// A step from a value to a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access<'a> {
    /// `.name`
    Attribute(&'a str),
    /// `[7]`
    Index(usize),
    /// `[key]`
    Key(&'a str),
}

/// The steps of a field's name behind the argument.
#[derive(Clone, Debug)]
pub struct FieldPath<'a> {
    rest: &'a str,
}

impl<'a> FieldPath<'a> {
    /// Reads the argument that a field names; the steps follow from the iterator.
    pub fn new(name: &'a str, numbering: &mut Numbering) -> Result<(Argument<'a>, Self), Fault> {
        let end = name.find(['.', '[']).unwrap_or(name.len());
        let (first, rest) = name.split_at(end);
        let argument = if first.is_empty() {
            Argument::Position(numbering.next_automatic()?)
        } else if let Some(position) = read_index(first)? {
            numbering.take_manual()?;
            Argument::Position(position)
        } else {
            Argument::Keyword(first)
        };
        Ok((argument, Self { rest }))
    }

    fn step(&mut self) -> Result<Access<'a>, Fault> {
        let (name, is_attribute) = if let Some(text) = self.rest.strip_prefix('.') {
            let end = text.find(['.', '[']).unwrap_or(text.len());
            self.rest = &text[end..];
            (&text[..end], true)
        } else if let Some(text) = self.rest.strip_prefix('[') {
            let end = text
                .find(']')
                .ok_or_else(|| Fault::value("Missing ']' in format string"))?;
            self.rest = &text[end + 1..];
            (&text[..end], false)
        } else {
            return Err(Fault::value(
                "Only '.' or '[' may follow ']' in format field specifier",
            ));
        };
        if name.is_empty() {
            return Err(Fault::value("Empty attribute in format string"));
        }
        if is_attribute {
            return Ok(Access::Attribute(name));
        }
        Ok(read_index(name)?.map_or(Access::Key(name), Access::Index))
    }
}

impl<'a> Iterator for FieldPath<'a> {
    type Item = Result<Access<'a>, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        (!self.rest.is_empty()).then(|| self.step())
    }
}

/// Reads text that is all digits, of any script.
fn read_index(text: &str) -> Result<Option<usize>, Fault> {
    let mut value = 0i64;
    for c in text.chars() {
        let Some(digit) = decimal_value(c) else {
            return Ok(None);
        };
        value = value
            .checked_mul(10)
            .and_then(|value| value.checked_add(i64::from(digit)))
            .ok_or_else(|| Fault::value("Too many decimal digits in format string"))?;
    }
    Ok(Some(value as usize))
}

/// What the evaluator raises for a character after `!` other than `r`, `s` and `a`.
pub fn unknown_conversion(conversion: char) -> Fault {
    if matches!(conversion, '!'..='~') {
        Fault::Value(format!("Unknown conversion specifier {conversion}"))
    } else {
        Fault::Value(format!(
            "Unknown conversion specifier \\x{:x}",
            conversion as u32
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Result<Vec<Piece<'_>>, String> {
        Template::new(text)
            .collect::<Result<_, _>>()
            .map_err(|fault| fault.text().to_owned())
    }

    /// The first argument and the steps of a name, as text.
    fn path(name: &str) -> Result<String, String> {
        let text = |fault: Fault| fault.text().to_owned();
        let (argument, path) = FieldPath::new(name, &mut Numbering::Unknown).map_err(text)?;
        let steps: Vec<_> = path.collect::<Result<_, _>>().map_err(text)?;
        Ok(format!("{argument:?} {steps:?}"))
    }

    #[test]
    fn a_template_falls_into_pieces() {
        let pieces = pieces("a{{b{0.x[}]!r:>{w}}}}é{}").expect("the template is good");
        let field = |name, conversion, spec, spec_is_template| {
            Some(Field {
                name,
                conversion,
                spec,
                spec_is_template,
            })
        };
        let literals: Vec<_> = pieces.iter().map(|piece| piece.literal).collect();
        assert_eq!(literals, ["a{", "b", "}", "é"]);
        assert_eq!(pieces[1].field, field("0.x[}]", Some('r'), ">{w}", true));
        assert_eq!(pieces[2].field, None);
        assert_eq!(pieces[3].field, field("", None, "", false));
    }

    #[test]
    fn mistakes_have_cpythons_texts() {
        for (text, expected) in [
            ("a{", "Single '{' encountered in format string"),
            ("{}}", "Single '}' encountered in format string"),
            ("}{", "Single '}' encountered in format string"),
            ("{0", "expected '}' before end of string"),
            ("{0[}", "expected '}' before end of string"),
            ("{0{}", "unexpected '{' in field name"),
            ("{!", "end of string while looking for conversion specifier"),
            ("{!}", "unmatched '{' in format spec"),
            ("{!r", "unmatched '{' in format spec"),
            ("{!rx}", "expected ':' after conversion specifier"),
            ("{:{}", "unmatched '{' in format spec"),
        ] {
            assert_eq!(pieces(text), Err(expected.to_owned()), "{text}");
        }
        assert_eq!(
            unknown_conversion('x').text(),
            "Unknown conversion specifier x"
        );
        assert_eq!(
            unknown_conversion('é').text(),
            "Unknown conversion specifier \\xe9"
        );
    }

    #[test]
    fn names_are_paths() {
        for (name, expected) in [
            (
                "0.a[b].c[3]",
                "Position(0) [Attribute(\"a\"), Key(\"b\"), Attribute(\"c\"), Index(3)]",
            ),
            ("a b", "Keyword(\"a b\") []"),
            ("-1", "Keyword(\"-1\") []"),
            ("٣[-1]", "Position(3) [Key(\"-1\")]"),
            (".real", "Position(0) [Attribute(\"real\")]"),
        ] {
            assert_eq!(path(name), Ok(expected.to_owned()), "{name}");
        }
        for (name, expected) in [
            ("0.", "Empty attribute in format string"),
            ("0[]", "Empty attribute in format string"),
            ("0[a", "Missing ']' in format string"),
            (
                "0[a]b",
                "Only '.' or '[' may follow ']' in format field specifier",
            ),
            (
                "99999999999999999999",
                "Too many decimal digits in format string",
            ),
        ] {
            assert_eq!(path(name), Err(expected.to_owned()), "{name}");
        }
    }

    #[test]
    fn numbering_does_not_change_its_ways() {
        let mut numbering = Numbering::default();
        let mut argument =
            |name| FieldPath::new(name, &mut numbering).map(|(argument, _)| argument);
        assert_eq!(argument(""), Ok(Argument::Position(0)));
        assert_eq!(argument("k"), Ok(Argument::Keyword("k")));
        assert_eq!(argument(".x"), Ok(Argument::Position(1)));
        assert_eq!(
            argument("0"),
            Err(Fault::value(
                "cannot switch from automatic field numbering to manual field specification"
            ))
        );
        let mut manual = Numbering::Manual;
        assert_eq!(
            FieldPath::new("", &mut manual).err(),
            Some(Fault::value(
                "cannot switch from manual field specification to automatic field numbering"
            ))
        );
    }
}
