//! Literals.
//!
//! Big integers arrive in the radix of the source and leave in decimal, which every big-integer
//! library reads.

use crate::hir::Const;
use aio_syntax::ast;
use std::rc::Rc;

/// A literal of the syntax tree as a constant.
pub(super) fn lower_constant(constant: &ast::Constant) -> Const {
    match constant {
        ast::Constant::None => Const::None,
        ast::Constant::True => Const::Bool(true),
        ast::Constant::False => Const::Bool(false),
        ast::Constant::Ellipsis => Const::Ellipsis,
        ast::Constant::Int(value) => Const::Int(*value),
        ast::Constant::BigInt(big) => Const::BigInt(decimal(big.radix, &big.digits)),
        ast::Constant::Float(value) => Const::Float(*value),
        ast::Constant::Imaginary(value) => Const::Imaginary(*value),
        ast::Constant::Str(text) => Const::Str(text.clone()),
        ast::Constant::Bytes(bytes) => Const::Bytes(bytes.clone()),
    }
}

/// Digits of any radix up to 16 as decimal digits.
///
/// Quadratic in the number of digits, as reading a number out of a literal is in CPython too;
/// nine decimal digits are kept per limb.
fn decimal(radix: u32, digits: &Rc<str>) -> Rc<str> {
    if radix == 10 {
        let trimmed = digits.trim_start_matches('0');
        return if trimmed.is_empty() {
            "0".into()
        } else {
            trimmed.into()
        };
    }
    const LIMB: u64 = 1_000_000_000;
    let mut limbs: Vec<u64> = vec![0];
    for digit in digits.chars().filter_map(|digit| digit.to_digit(radix)) {
        let mut carry = u64::from(digit);
        for limb in &mut limbs {
            let value = *limb * u64::from(radix) + carry;
            *limb = value % LIMB;
            carry = value / LIMB;
        }
        if carry > 0 {
            limbs.push(carry);
        }
    }
    let mut text = String::new();
    for limb in limbs.iter().rev() {
        if text.is_empty() {
            text = limb.to_string();
        } else {
            text.push_str(&format!("{limb:09}"));
        }
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn hexadecimal_digits_become_decimal() {
        assert_eq!(
            &*decimal(16, &"ffffffffffffffffffffffffffffffff".into()),
            "340282366920938463463374607431768211455"
        );
        assert_eq!(&*decimal(2, &"1000".into()), "8");
        assert_eq!(&*decimal(16, &"3b9aca00".into()), "1000000000");
    }
}
