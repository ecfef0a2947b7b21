//! What the module `random` of CPython 3.13 draws, and what we draw.

use super::*;

fn s(value: i64) -> IntRef<'static> {
    IntRef::Small(value)
}

fn seeded(seed: i64) -> Random {
    Random::from_int(s(seed))
}

fn decimal(value: Result<Int, Fault>) -> String {
    match value {
        Ok(Int::Small(value)) => value.to_string(),
        Ok(Int::Big(value)) => value.to_string(),
        Err(fault) => fault.text().to_owned(),
    }
}

#[test]
fn bits_and_floats() {
    let mut random = seeded(42);
    let floats = [random.random(), random.random(), random.random()];
    assert_eq!(
        floats,
        [
            0.6394267984578837,
            0.025010755222666936,
            0.27502931836911926
        ]
    );
    let drawn = [5, 32, 40, 63, 64, 100, 0].map(|count| decimal(random.bits(s(count))));
    assert_eq!(
        drawn,
        [
            "7",
            "599310825",
            "114832269481",
            "6831454145019129197",
            "10060236952204337488",
            "33428090951638827606959300482",
            "0",
        ]
    );
    assert_eq!(random.bytes(5), b"n\xca\xa0\x07\x17");
    assert_eq!(
        decimal(random.bits(s(-1))),
        "number of bits must be non-negative"
    );
}

#[test]
fn seeds_of_every_type() {
    assert_eq!(seeded(-7).random(), 0.32383276483316237);
    let big = BigInt::from(10).pow(40);
    assert_eq!(
        Random::from_int(IntRef::Big(&big)).random(),
        0.34753796566513817
    );
    assert_eq!(Random::from_bytes(b"hello").random(), 0.3537754404730722);
    assert_eq!(
        Random::from_bytes(b"\x00\xff").random(),
        0.09579186693672392
    );
    assert_eq!(Random::from_f64(0.5).random(), 0.2794930785867423);
    assert_eq!(Random::from_f64(-0.5).random(), 0.6833350889696508);
}

#[test]
fn ranges_and_sequences() {
    let mut random = seeded(0);
    let big = BigInt::from(10).pow(30);
    assert_eq!(decimal(random.range_to(s(10))), "6");
    assert_eq!(decimal(random.range(s(1), s(7), s(1))), "4");
    assert_eq!(decimal(random.range(s(-5), s(100), s(7))), "-5");
    assert_eq!(decimal(random.range(s(10), s(-10), s(-3))), "4");
    assert_eq!(
        decimal(random.range_to(IntRef::Big(&big))),
        "513868133461680832233190503674"
    );
    let mut items: Vec<usize> = (0..10).collect();
    random.shuffle_swaps(10).for_each(|(i, j)| items.swap(i, j));
    assert_eq!(items, [2, 0, 3, 8, 6, 1, 9, 5, 7, 4]);
    assert_eq!(random.sample_indices(10, 4), Ok(vec![1, 4, 2, 7]));
    assert_eq!(
        random.sample_indices(1000, 5),
        Ok(vec![101, 747, 75, 920, 870])
    );
    assert_eq!(
        random.sample_indices(1000, 8),
        Ok(vec![700, 338, 483, 573, 103, 362, 444, 323])
    );
    assert_eq!(
        random.sample_indices(100_000, 6),
        Ok(vec![80070, 83941, 26801, 72420, 62522, 58024])
    );
    assert_eq!(random.choice_index(6), Ok(4));
    let plain: Vec<usize> = (0..5).map(|_| random.choices_index(10)).collect();
    assert_eq!(plain, [2, 8, 5, 0, 7]);
    let weighted: Vec<usize> = (0..6)
        .map(|_| random.weighted_index(&[1.0, 3.0, 6.0]))
        .collect();
    assert_eq!(weighted, [1, 2, 2, 0, 1, 2]);
}

#[test]
fn mistakes_have_cpythons_texts() {
    let mut random = seeded(0);
    assert_eq!(
        decimal(random.range_to(s(0))),
        "empty range for randrange()"
    );
    assert_eq!(
        decimal(random.range(s(5), s(2), s(1))),
        "empty range in randrange(5, 2)"
    );
    assert_eq!(
        decimal(random.range(s(5), s(5), s(3))),
        "empty range in randrange(5, 5, 3)"
    );
    assert_eq!(
        decimal(random.range(s(1), s(2), s(0))),
        "zero step for randrange()"
    );
    assert!(random.choice_index(0).is_err());
    assert!(random.sample_indices(3, 4).is_err() && random.sample_indices(3, -1).is_err());
    assert!(check_weights(&[1.0], 2).is_err() && check_weights(&[0.0], 1).is_err());
}

#[test]
fn distributions() {
    let mut random = seeded(1);
    assert_eq!(random.uniform(-1.0, 3.0), -0.4625430235503951);
    assert_eq!(random.triangular(0.0, 10.0, Some(3.0)), 6.732028394493962);
    assert_eq!(random.triangular(0.0, 1.0, None), 0.6563247310153189);
    assert_eq!(random.normal(1.0, 2.0), -0.6655374851025149);
    assert_eq!(random.gauss(0.0, 1.0), -1.3796439072995432);
    assert_eq!(random.gauss(0.0, 1.0), 0.4531560627234404);
    assert_eq!(random.gauss(5.0, 2.0), 5.213922757087913);
    assert_eq!(random.log_normal(0.0, 1.0), 0.6155785803683244);
    assert_eq!(random.exponential(2.0), Ok(0.0010541371000842435));
    assert_eq!(random.von_mises(1.0, 4.0), 0.5860186597099362);
    assert_eq!(random.von_mises(0.0, 1e-7), 5.939310945611832);
    assert_eq!(random.gamma(2.5, 1.5), Ok(0.6059500948068361));
    assert_eq!(random.gamma(1.0, 2.0), Ok(5.598659401735495));
    assert_eq!(random.gamma(0.5, 2.0), Ok(0.40738460938262766));
    assert_eq!(random.beta(2.0, 3.0), Ok(0.4937056245244451));
    assert_eq!(random.pareto(3.0), Ok(1.2564230665839706));
    assert_eq!(random.weibull(1.0, 1.5), Ok(0.412962471475263));
    let drawn = [(10, 0.3), (1, 0.5), (1000, 0.4), (100, 0.9)].map(|(n, p)| random.binomial(n, p));
    assert_eq!(drawn, [Ok(2), Ok(1), Ok(403), Ok(85)]);
    let drawn: Vec<_> = (0..6)
        .filter_map(|_| random.binomial(500, 0.5).ok())
        .collect();
    assert_eq!(drawn, [253, 241, 247, 252, 256, 248]);
}
