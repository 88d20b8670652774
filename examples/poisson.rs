//! Solves Poisson's equation on the unit square by cosine transforms, where nothing flows through the walls (Neumann), and by
//! sine transforms, where the walls are grounded (Dirichlet).
//!
//! ```text
//! cargo run --release --example poisson -- --help
//! ```
//!
//! Cosines, and sines, are the eigenvectors of the second difference with these walls, so that a transform, a division and the
//! transform back solve the difference equation exactly. Checks that they do, and that the solutions come closer to known ones of
//! the differential equation with the square of the distance between points.

mod common;

use clap::Parser;
use common::figure::{Axis, Panel};
use common::{Bar, Place, check, colour, figure, folder};
use ondine::{Array, Device, NewAxis, arange, fft, s};
use std::error::Error;
use std::f64::consts::PI;
use std::path::PathBuf;
use std::process::ExitCode;

/// Solve Poisson's equation on a square.
#[derive(Parser)]
struct Arguments {
    /// Where the picture goes.
    #[arg(long, default_value = "poisson-output")]
    output: PathBuf,

    /// Points along each side of the finest grid of the check.
    #[arg(long, default_value_t = 1024)]
    points: usize,

    #[command(flatten)]
    place: Place,
}

/// What holds at the walls of the square.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Walls {
    /// Nothing flows through them: no slope across a wall.
    Insulating,
    /// The potential is 0.
    Grounded,
}

/// Points along each side of the solutions that are drawn.
const DRAWN: usize = 400;
/// Grids of the check, each twice as fine as the one before.
const GRIDS: usize = 5;
/// Charges of the drawn solutions: place and sign. They add up to 0.
const CHARGES: [([f64; 2], f64); 4] = [([0.3, 0.35], 1.0), ([0.7, 0.6], -1.0), ([0.25, 0.75], 0.5), ([0.8, 0.2], -0.5)];

fn main() -> ExitCode {
    common::exit("poisson", run(&Arguments::parse()))
}

/// The middles of the cells of a grid: `x` down, `y` across.
fn middles(points: usize) -> [Array; 2] {
    let middles = (arange(points as f64) + 0.5) / points as f64;
    [middles.slice(s![.., NewAxis]), middles.slice(s![NewAxis, ..])]
}

/// The potential whose second differences along both axes add up to a source `[points, points]`. Between insulating walls, which
/// fix no mean, that is 0.
fn solve(source: &Array, walls: Walls, points: usize) -> Array {
    let wave = arange(points as f64) + if walls == Walls::Grounded { 1.0 } else { 0.0 };
    let eigenvalues = (wave * (PI / (2.0 * points as f64))).sin().square() * (-4.0 * (points as f64).powi(2));
    let sums = eigenvalues.slice(s![.., NewAxis]) + eigenvalues.slice(s![NewAxis, ..]);
    let inverse = sums.not_equal(0.0).where_(sums.reciprocal(), 0.0);
    match walls {
        Walls::Insulating => fft::idctn(&(fft::dctn(source) * inverse)),
        Walls::Grounded => fft::idstn(&(fft::dstn(source) * inverse)),
    }
}

/// The sum of second differences. Behind a wall the potential is mirrored: as it is, or with the other sign.
fn laplace(potential: &Array, walls: Walls, points: usize) -> Array {
    let sign = if walls == Walls::Insulating { 1.0 } else { -1.0 };
    let along = |u: &Array| {
        let (first, last) = (u.slice(s![..1, ..]) * sign, u.slice(s![-1.., ..]) * sign);
        let wide = ondine::concat(&[&first, u, &last], 0);
        wide.slice(s![2.., ..]) - u * 2.0 + wide.slice(s![..-2, ..])
    };
    let across = along(&potential.matrix_transpose()).matrix_transpose();
    (along(potential) + across) * (points as f64).powi(2)
}

type Function = fn(&Array) -> Array;

/// A potential that these walls allow, and its Laplacian, both known: products of one function of `x` and of `y`.
fn known(walls: Walls, points: usize) -> [Array; 2] {
    let [x, y] = middles(points);
    let (value, second): (Function, Function) = match walls {
        // x^2 (1 - x)^2, less its mean.
        Walls::Insulating => {
            (|x| (x * (1.0 - x)).square() * 16.0 - 16.0 / 30.0, |x| (x.square() * 12.0 - x * 12.0 + 2.0) * 16.0)
        }
        // x (1 - x) e^x.
        Walls::Grounded => (|x| x * (1.0 - x) * x.exp(), |x| -(x * 3.0 + x.square()) * x.exp()),
    };
    [value(&x) * value(&y), second(&x) * value(&y) + value(&x) * second(&y)]
}

/// How far the solution is from the known one, and from solving the difference equation; relative to potential and source.
fn errors(walls: Walls, points: usize, device: &Device) -> Result<[f64; 2], ondine::Error> {
    let [potential, source] = known(walls, points);
    let largest = |x: Array| x.abs().max();
    let found = solve(&source, walls, points).eval(device)?;
    let error = largest(&found - &potential) / largest(potential);
    // The differences of a source between insulating walls have no mean.
    let solvable = if walls == Walls::Insulating { &source - source.mean() } else { source };
    let residual = largest(laplace(&found, walls, points) - &solvable) / largest(solvable);
    ondine::eval_all(&[&error, &residual], device)?;
    Ok([error.item()?, residual.item()?])
}

/// Points along a side, and the error there.
type Errors = Vec<(usize, f64)>;

/// Checks grids up to the finest, and gives the error of each.
fn convergence(walls: Walls, finest: usize, device: &Device) -> Result<Errors, Box<dyn Error>> {
    println!("\n{walls:?} walls\n{:>8} {:>10} {:>6} {:>10}", "points", "error", "order", "residual");
    let mut found = Errors::new();
    let mut orders = Vec::new();
    let mut is_solved = true;
    for points in (0..GRIDS).rev().map(|halvings| finest >> halvings) {
        let bar = Bar::new();
        let [error, residual] = errors(walls, points, device)?;
        drop(bar);
        orders.extend(found.last().map(|(_, coarse)| (coarse / error).log2()));
        let order = orders.last().map_or(String::new(), |order| format!("{order:.3}"));
        println!("{points:8} {error:10.2e} {order:>6} {residual:10.2e}");
        found.push((points, error));
        // A rounding error of the potential, times the largest eigenvalue.
        is_solved &= residual <= 8.0 * (points as f64).powi(2) * f64::EPSILON;
    }
    check(is_solved, "the difference equation is solved to rounding errors")?;
    check(orders.iter().all(|order| (order - 2.0).abs() < 0.1), "the error falls by order 2 of the distance")?;
    Ok(found)
}

/// A solution for charges inside these walls, with lines of equal potential.
fn drawn(walls: Walls, device: &Device) -> Result<Panel, Box<dyn Error>> {
    let [x, y] = middles(DRAWN);
    let charge = |([at_x, at_y], sign): ([f64; 2], f64)| {
        (((&x - at_x).square() + (&y - at_y).square()) / -0.002).exp() * (sign / (0.002 * PI))
    };
    let source = CHARGES.into_iter().map(charge).fold(ondine::zeros([DRAWN, DRAWN]), |sum, charge| sum - charge);
    let potential = solve(&source, walls, DRAWN).named(&format!("{walls:?}")).eval(device)?;
    let most = potential.abs().max().item::<f64>()?;
    let level = &potential / (2.0 * most) + 0.5;
    // A line where the neighbour below or to the right lies in another of 32 bands.
    let band = (&level * 32.0).floor();
    let below = band.slice(s![1.., ..]).not_equal(band.slice(s![..-1, ..])).pad([0, 0], [1, 0], false);
    let right = band.slice(s![.., 1..]).not_equal(band.slice(s![.., ..-1])).pad([0, 0], [0, 1], false);
    let line = below.logical_or(&right).expand_dims(-1);
    let colours = colour::BLUE_RED.of(&level);
    let colours = line.where_(&colours * 0.6, &colours);
    // Rows of a picture go down, y goes up.
    let colours = colours.permute_dims([1, 0, 2]).flip(0);
    let side = |label| Axis::linear(label, [0.0, 1.0]);
    Ok(Panel {
        title: match walls {
            Walls::Insulating => "Neumann: insulating walls".to_string(),
            Walls::Grounded => "Dirichlet: grounded walls".to_string(),
        },
        picture: colour::picture(&colours, device)?,
        axes: Some([side("x"), side("y")]),
        scale: Some((Axis::linear("u", [-most, most]), colour::BLUE_RED.strip(DRAWN, device)?)),
    })
}

/// The errors of series against the number of points, both in logarithms.
fn falling(series: [([u8; 3], &Errors); 2]) -> Panel {
    let range = |of: fn(&(usize, f64)) -> f64| {
        let numbers = series.iter().flat_map(|(_, errors)| errors.iter()).map(of);
        numbers.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], x| [low.min(x), high.max(x)])
    };
    let [few, many] = range(|(points, _)| (*points as f64).log2());
    let [low, high] = range(|(_, error)| error.log10());
    let (low, high) = (low.floor(), high.ceil());
    let across = |points: usize| 0.05 + 0.9 * ((points as f64).log2() - few) / (many - few);
    let up = |error: f64| (error.log10() - low) / (high - low);
    let place = |&(points, error): &(usize, f64)| [across(points), up(error)];
    let grids = series[0].1.iter().map(|&(points, _)| (across(points), points.to_string())).collect();
    let powers = (low as i32..=high as i32).map(|power| (up(10f64.powi(power)), format!("1e{power}"))).collect();
    Panel {
        title: "error of known solutions".to_string(),
        picture: figure::curves(
            DRAWN as u32,
            &series.map(|(colour, errors)| (colour, errors.iter().map(place).collect())),
        ),
        axes: Some([
            Axis::marked("points along a side", grids),
            Axis::marked("largest error (blue Neumann, red Dirichlet)", powers),
        ]),
        scale: None,
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let coarsest = arguments.points >> (GRIDS - 1);
    if coarsest < 8 || coarsest << (GRIDS - 1) != arguments.points {
        let most = 1 << (GRIDS - 1);
        return Err(format!("--points {}: not a multiple of {most} from {} on", arguments.points, 8 * most).into());
    }
    let device = arguments.place.device()?;
    let source = known(Walls::Insulating, DRAWN)[1].eval(&device)?.named("source");
    println!("{}", solve(&source, Walls::Insulating, DRAWN).named("potential").explain(&device)?.plan());
    let insulating = convergence(Walls::Insulating, arguments.points, &device)?;
    let grounded = convergence(Walls::Grounded, arguments.points, &device)?;
    let panels = [
        drawn(Walls::Insulating, &device)?,
        drawn(Walls::Grounded, &device)?,
        falling([([33, 102, 172], &insulating), ([178, 24, 43], &grounded)]),
    ];
    println!();
    Ok(figure::write(&folder(&arguments.output)?.join("poisson.png"), &panels)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_that_cannot_be_halved_is_an_error() {
        for points in ["100", "64", "0"] {
            let arguments = Arguments::parse_from(["poisson", "--points", points]);
            let error = run(&arguments).unwrap_err().to_string();
            assert_eq!(error, format!("--points {points}: not a multiple of 16 from 128 on"));
        }
    }

    #[test]
    fn the_solution_solves_the_equation_that_it_is_checked_against() {
        let source = common::noise([9, 9]);
        for walls in [Walls::Insulating, Walls::Grounded] {
            let solvable = if walls == Walls::Insulating { &source - source.mean() } else { source.clone() };
            let found = solve(&source, walls, 9);
            let off = (laplace(&found, walls, 9) - solvable).abs().max().item::<f64>().unwrap();
            assert!(off < 1e-12, "{walls:?}: {off}");
            // With the other walls it does not.
            let other = if walls == Walls::Insulating { Walls::Grounded } else { Walls::Insulating };
            assert!((laplace(&found, other, 9) - &source).abs().max().item::<f64>().unwrap() > 0.1);
        }
    }
}
