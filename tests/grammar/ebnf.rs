//! The notation of `grammar/aio.ebnf`.

/// A grammar: productions in the order of the file.
pub struct Grammar {
    productions: Vec<(String, Node)>,
}

/// What stands to the right of an equals sign.
pub enum Node {
    /// `a b`
    Sequence(Vec<Node>),
    /// `a | b`
    Choice(Vec<Node>),
    /// `[ a ]`
    Optional(Box<Node>),
    /// `{ a }`
    Repeated(Box<Node>),
    /// A production.
    Name(String),
    /// A token of the lexer, in capitals.
    Token(String),
    /// A token as it is spelt.
    Literal(String),
}

impl Grammar {
    /// Reads a grammar.
    pub fn parse(text: &str) -> Result<Self, String> {
        let words = words(text)?;
        let mut reader = Reader { words: &words };
        let mut productions = Vec::new();
        while !reader.words.is_empty() {
            let name = reader.next()?.to_owned();
            reader.expect("=")?;
            productions.push((name, reader.choice()?));
            reader.expect(";")?;
        }
        Ok(Self { productions })
    }

    pub fn productions(&self) -> &[(String, Node)] {
        &self.productions
    }

    pub fn index(&self, name: &str) -> usize {
        let found = self.productions.iter().position(|(known, _)| known == name);
        found.unwrap_or_else(|| panic!("no production {name}"))
    }
}

impl Node {
    /// Calls `see` with every production that is used.
    pub fn visit_names<'g>(&'g self, see: &mut impl FnMut(&'g str)) {
        match self {
            Self::Sequence(nodes) | Self::Choice(nodes) => {
                for node in nodes {
                    node.visit_names(see);
                }
            }
            Self::Optional(node) | Self::Repeated(node) => node.visit_names(see),
            Self::Name(name) => see(name),
            Self::Token(_) | Self::Literal(_) => {}
        }
    }
}

/// Splits the text into words; a literal keeps its opening quote.
fn words(text: &str) -> Result<Vec<String>, String> {
    let mut made = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '(' if rest.starts_with("(*") => {
                let end = rest.find("*)").ok_or("a comment is not closed")?;
                rest = rest[end + 2..].trim_start();
                continue;
            }
            '"' => 2 + rest[1..].find('"').ok_or("a literal is not closed")?,
            c if c.is_ascii_alphanumeric() || c == '_' => rest
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        made.push(rest[..length].to_owned());
        rest = rest[length..].trim_start();
    }
    Ok(made)
}

struct Reader<'w> {
    words: &'w [String],
}

impl<'w> Reader<'w> {
    fn peek(&self) -> &'w str {
        self.words.first().map_or("", String::as_str)
    }

    fn next(&mut self) -> Result<&'w str, String> {
        let (first, rest) = self.words.split_first().ok_or("the file ends early")?;
        self.words = rest;
        Ok(first)
    }

    fn expect(&mut self, word: &str) -> Result<(), String> {
        let found = self.next()?;
        if found == word {
            Ok(())
        } else {
            Err(format!("expected {word}, found {found}"))
        }
    }

    fn choice(&mut self) -> Result<Node, String> {
        let mut nodes = vec![self.sequence()?];
        while self.peek() == "|" {
            self.next()?;
            nodes.push(self.sequence()?);
        }
        Ok(if nodes.len() == 1 {
            nodes.remove(0)
        } else {
            Node::Choice(nodes)
        })
    }

    fn sequence(&mut self) -> Result<Node, String> {
        let mut nodes = Vec::new();
        while !matches!(self.peek(), "|" | ")" | "]" | "}" | ";" | "") {
            nodes.push(self.item()?);
        }
        if nodes.is_empty() {
            return Err(format!("nothing stands before {}", self.peek()));
        }
        Ok(Node::Sequence(nodes))
    }

    fn item(&mut self) -> Result<Node, String> {
        let word = self.next()?;
        let made = match word {
            "(" => {
                let inner = self.choice()?;
                self.expect(")")?;
                inner
            }
            "[" => {
                let inner = self.choice()?;
                self.expect("]")?;
                Node::Optional(Box::new(inner))
            }
            "{" => {
                let inner = self.choice()?;
                self.expect("}")?;
                Node::Repeated(Box::new(inner))
            }
            _ if word.starts_with('"') => Node::Literal(word.trim_matches('"').to_owned()),
            _ if word.starts_with(|c: char| c.is_ascii_uppercase()) => Node::Token(word.to_owned()),
            _ if word.starts_with(|c: char| c.is_ascii_lowercase()) => Node::Name(word.to_owned()),
            _ => return Err(format!("{word} means nothing here")),
        };
        Ok(made)
    }
}
