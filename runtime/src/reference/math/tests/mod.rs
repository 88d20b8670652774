//! Special values by table, exact ops on their edges, and accuracy against golden values.

mod accuracy;
mod complex;
mod integer;
mod real;

use ondine_ir::{Binary, Unary};
use std::f64::consts::PI;

const INF: f64 = f64::INFINITY;

/// The op of this name.
fn unary_named(name: &str) -> Option<Unary> {
    Unary::ALL.into_iter().find(|op| op.name() == name)
}

/// The op of this name.
fn binary_named(name: &str) -> Binary {
    Binary::ALL.into_iter().find(|op| op.name() == name).expect("a function of the vocabulary")
}

/// The numbers a word of a table stands for; alternatives are joined by `|`. All are exact in `f32`.
fn arguments(word: &str) -> Vec<f64> {
    let positive = [0.25, 1.0, 2.0, 3.0, 7.5];
    let negative = positive.map(|x| -x);
    let one = |word: &str| -> Vec<f64> {
        match word {
            "N" => vec![f64::NAN],
            "zero" => vec![0.0, -0.0],
            "+fin" => positive.to_vec(),
            "-fin" => negative.to_vec(),
            "nz" => [positive, negative].concat(),
            "fin" => arguments("nz|zero"),
            "+" => arguments("+fin|inf"),
            "-" => arguments("-fin|-inf"),
            "num" => arguments("fin|inf|-inf"),
            "any" => arguments("num|N"),
            number => vec![value(number, 0.0, 0.0)],
        }
    };
    word.split('|').flat_map(one).collect()
}

/// The result a word of a table stands for, given the arguments. A leading `~` leaves its sign free (see `matches`).
fn value(word: &str, a: f64, b: f64) -> f64 {
    match word.trim_start_matches('~') {
        "N" => f64::NAN,
        "inf" => INF,
        "-inf" => -INF,
        "a" => a,
        "b" => b,
        "pi" => PI,
        "pi/2" => PI / 2.0,
        "-pi/2" => -PI / 2.0,
        "pi/4" => PI / 4.0,
        "3pi/4" => 3.0 * PI / 4.0,
        "0cos" => 0.0 * b.cos(),
        "0sin" => 0.0 * b.sin(),
        "infcos" => INF * b.cos(),
        "infsin" => INF * b.sin(),
        number => number.parse().expect("a word of the tables or a number"),
    }
}

/// True if `got` is what `word` asks for: any NaN for a NaN, otherwise the same number and sign of zero.
fn matches(got: f64, word: &str, a: f64, b: f64) -> bool {
    let expected = value(word, a, b);
    same(got, expected) || word.starts_with('~') && same(got.abs(), expected.abs())
}

/// True if the numbers have the same bits or are both NaN.
fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
}
