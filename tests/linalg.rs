//! Linear algebra on every device that has it: identities of decompositions within stated bounds, values by NumPy, flawed
//! matrices, and what is computed for what is read.

mod common;

use common::emulator;
use ondine::linalg::{self, MatrixNorm, NormOptions};
use ondine::{Array, Complex64, DType, Device, Shape, eval_all};
use proptest::prelude::*;

const DEVICES: [fn() -> Device; 2] = [Device::cpu, Device::reference];
const DTYPES: [DType; 4] = [DType::F32, DType::F64, DType::C64, DType::C128];

/// A residual may be `C * eps * n * norm(A)`, with `n` the larger extent and norms of Frobenius.
const C: f64 = 8.0;

fn eps(dtype: DType) -> f64 {
    if matches!(dtype, DType::F32 | DType::C64) { f32::EPSILON as f64 } else { f64::EPSILON }
}

fn adjoint(x: &Array) -> Array {
    x.matrix_transpose().conj()
}

fn wide(x: &Array) -> Array {
    x.astype(DType::C128)
}

fn values(x: &Array) -> Vec<Complex64> {
    wide(x).to_vec().unwrap()
}

fn norm(x: &Array) -> f64 {
    values(x).iter().map(Complex64::norm_sqr).sum::<f64>().sqrt()
}

/// How a matrix is made.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Random,
    /// Of half the rank.
    Deficient,
    /// `1 / (1 + i + j)`, of a condition beyond `1 / eps` from 13 rows on.
    Hilbert,
    Zero,
    /// One element a row, of sizes from `1e-150` to `1e150` (or `1e-15` to `1e15`).
    Graded,
}

const KINDS: [Kind; 5] = [Kind::Random, Kind::Deficient, Kind::Hilbert, Kind::Zero, Kind::Graded];

/// Numbers between -1 and 1 that follow from a seed.
fn noise(count: usize, seed: u64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

fn random(shape: &[usize], dtype: DType, seed: u64) -> Array {
    let count = shape.iter().product();
    let (re, im) = (noise(count, seed), noise(count, seed ^ 0xabcd));
    let values = re.into_iter().zip(im).map(|(re, im)| Complex64::new(re, im)).collect();
    let x = Array::from_vec(values, Shape::from(shape.to_vec()));
    if dtype.is_complex() { x.astype(dtype) } else { x.real().astype(dtype) }
}

fn matrix(kind: Kind, [stack, rows, columns]: [usize; 3], dtype: DType, seed: u64) -> Array {
    let x = match kind {
        Kind::Random => random(&[stack, rows, columns], dtype, seed),
        Kind::Deficient => {
            let rank = rows.min(columns).div_ceil(2);
            random(&[stack, rows, rank], dtype, seed).matmul(&random(&[stack, rank, columns], dtype, seed + 1))
        }
        Kind::Hilbert => {
            let index = |extent: usize| ondine::arange(extent as f64);
            let sum = index(rows).expand_dims(1) + index(columns) + 1.0;
            (ondine::ones_like(&sum) / sum).broadcast_to([stack, rows, columns])
        }
        Kind::Zero => ondine::zeros([stack, rows, columns]),
        Kind::Graded => {
            let most = if eps(dtype) > 1e-10 { 15.0 } else { 150.0 };
            let size = Array::from(10.0).pow(ondine::linspace(-most, most, rows).expand_dims(1));
            ondine::eye_with(rows, columns, 0) * size + ondine::zeros([stack, 1, 1])
        }
    };
    x.astype(dtype).eval(&Device::reference()).unwrap().to(&Device::cpu())
}

/// On the device, away from where it was made.
fn on(x: &Array, device: &Device) -> Array {
    x.to(device)
}

/// The product computed in double precision on the `cpu`.
fn times(a: &Array, b: &Array) -> Array {
    let cpu = Device::cpu();
    wide(a).to(&cpu).matmul(&wide(b).to(&cpu))
}

fn small(what: &str, difference: &Array, bound: f64) -> Result<(), TestCaseError> {
    let size = norm(difference);
    prop_assert!(size <= bound, "{what}: {size} above {bound}");
    Ok(())
}

/// `Q^H Q = I`.
fn orthonormal(what: &str, q: &Array, bound: f64) -> Result<(), TestCaseError> {
    let columns = q.shape().unwrap()[2];
    small(what, &(times(&adjoint(q), q) - ondine::eye(columns)), bound)
}

fn spread(s: &Array) -> Array {
    let extent = s.shape().unwrap()[1];
    wide(s).expand_dims(1) * ondine::eye(extent)
}

fn case() -> impl Strategy<Value = (usize, usize, [usize; 3], usize, u64)> {
    let shape = (0usize..3, 0usize..65, 0usize..65).prop_map(|(stack, rows, columns)| [stack, rows, columns]);
    (0usize..2, 0..KINDS.len(), shape, 0..DTYPES.len(), any::<u64>())
}

/// The reference's algorithms are slow.
fn fitted(device: &Device, [stack, rows, columns]: [usize; 3]) -> [usize; 3] {
    if device.name() == "reference" { [stack, rows % 10, columns % 10] } else { [stack, rows, columns] }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn factors_give_the_matrix((device, kind, shape, dtype, seed) in case()) {
        let (device, dtype) = (DEVICES[device](), DTYPES[dtype]);
        let shape = fitted(&device, shape);
        let a = matrix(KINDS[kind], shape, dtype, seed);
        let fewer = shape[1].min(shape[2]);
        let unit = C * eps(dtype) * shape[1].max(shape[2]).max(1) as f64 * (shape[0].max(1) as f64).sqrt();
        let bound = unit * norm(&a);
        let roots = unit * (shape[1].max(shape[2]) as f64).sqrt();
        let x = on(&a, &device);
        for (kept, factors) in [(fewer, linalg::qr(&x)), (shape[1], linalg::qr_complete(&x))] {
            eval_all(&[&factors.q, &factors.r], &device).unwrap();
            prop_assert_eq!(factors.q.shape().unwrap(), [shape[0], shape[1], kept].into());
            small("A - Q R", &(times(&factors.q, &factors.r) - wide(&a)), bound)?;
            orthonormal("Q", &factors.q, roots)?;
            let r = factors.r.to(&Device::cpu());
            prop_assert_eq!(norm(&r.tril(-1)), 0.0);
            let diagonal = values(&linalg::diagonal(&r, 0));
            prop_assert!(diagonal.iter().all(|value| value.re >= 0.0 && value.im == 0.0), "{diagonal:?}");
        }
        for (is_full, parts) in [(false, linalg::svd(&x)), (true, linalg::svd_full(&x))] {
            eval_all(&[&parts.u, &parts.s, &parts.vh], &device).unwrap();
            let kept = |extent: usize| if is_full { extent } else { fewer };
            prop_assert_eq!(parts.u.shape().unwrap(), [shape[0], shape[1], kept(shape[1])].into());
            prop_assert_eq!(parts.vh.shape().unwrap(), [shape[0], kept(shape[2]), shape[2]].into());
            prop_assert_eq!(parts.s.dtype().unwrap(), dtype.component());
            orthonormal("U", &parts.u, roots)?;
            orthonormal("V", &adjoint(&parts.vh), roots)?;
            let cut = |x: &Array, axis: i64| x.to(&Device::cpu()).take(&ondine::arange(fewer as i64), axis);
            let product = times(&times(&cut(&parts.u, 2), &spread(&parts.s.to(&Device::cpu()))), &cut(&parts.vh, 1));
            small("A - U S V^H", &(product - wide(&a)), bound)?;
            for line in values(&parts.s).chunks(fewer.max(1)) {
                prop_assert!(line.windows(2).all(|pair| pair[0].re >= pair[1].re) && line.iter().all(|s| s.re >= 0.0));
            }
            let alone = values(&linalg::svdvals(&x).eval(&device).unwrap());
            let together = values(&parts.s);
            for (alone, together) in alone.iter().zip(&together) {
                prop_assert!((alone - together).norm() <= bound, "{alone} beside {together}");
            }
        }
    }

    #[test]
    fn square_matrices_have_their_spectra((device, kind, shape, dtype, seed) in case()) {
        let (device, dtype) = (DEVICES[device](), DTYPES[dtype]);
        let [stack, n, _] = fitted(&device, shape);
        let a = matrix(KINDS[kind], [stack, n, n], dtype, seed);
        let unit = C * eps(dtype) * n.max(1) as f64 * (stack.max(1) as f64).sqrt();
        let roots = unit * (n as f64).sqrt();
        // Halves, so that the sum does not overflow.
        let hermitian = (&a * 0.5 + adjoint(&a) * 0.5).eval(&Device::cpu()).unwrap();
        let pairs = linalg::eigh(&on(&hermitian, &device));
        eval_all(&[&pairs.values, &pairs.vectors], &device).unwrap();
        prop_assert_eq!(pairs.values.dtype().unwrap(), dtype.component());
        orthonormal("V of eigh", &pairs.vectors, roots)?;
        let turned = times(&pairs.vectors, &spread(&pairs.values.to(&Device::cpu())));
        small("A V - V W", &(times(&hermitian, &pairs.vectors) - turned), unit * norm(&hermitian))?;
        for line in values(&pairs.values).chunks(n.max(1)) {
            prop_assert!(line.windows(2).all(|pair| pair[0].re <= pair[1].re), "{line:?}");
        }
        let pairs = linalg::eig(&on(&a, &device));
        eval_all(&[&pairs.values, &pairs.vectors], &device).unwrap();
        prop_assert_eq!(pairs.values.dtype().unwrap(), dtype.to_complex());
        let turned = times(&pairs.vectors, &spread(&pairs.values.to(&Device::cpu())));
        small("A V - V W of eig", &(times(&a, &pairs.vectors) - turned), 4.0 * unit * norm(&a))?;
        for column in values(&pairs.vectors.matrix_transpose()).chunks(n.max(1)) {
            let length = column.iter().map(Complex64::norm_sqr).sum::<f64>().sqrt();
            prop_assert!((length - 1.0).abs() <= roots, "a vector of length {length}");
        }
    }

    #[test]
    fn systems_are_solved((device, _, shape, dtype, seed) in case(), sides in 0usize..5) {
        let (device, dtype) = (DEVICES[device](), DTYPES[dtype]);
        let [stack, n, _] = fitted(&device, shape);
        let a = matrix(Kind::Random, [stack, n, n], dtype, seed);
        let b = random(&[stack, n, sides], dtype, seed + 7);
        let unit = C * eps(dtype) * n.max(1) as f64 * (stack.max(1) as f64).sqrt();
        let x = linalg::solve(&on(&a, &device), &on(&b, &device)).eval(&device).unwrap();
        prop_assert_eq!(x.shape().unwrap(), [stack, n, sides].into());
        small("A X - B", &(times(&a, &x) - wide(&b)), unit * norm(&a) * norm(&x).max(1.0))?;
        let inverse = linalg::inv(&on(&a, &device)).eval(&device).unwrap();
        small("A A^-1 - I", &(times(&a, &inverse) - ondine::eye(n)), unit * norm(&a) * norm(&inverse).max(1.0))?;
        // The identity keeps it positive definite.
        let square = a.matmul(&adjoint(&a)) + ondine::eye(n).astype(dtype);
        let square = square.eval(&Device::cpu()).unwrap();
        let l = linalg::cholesky(&on(&square, &device)).eval(&device).unwrap();
        small("A - L L^H", &(times(&l, &adjoint(&l)) - wide(&square)), unit * norm(&square))?;
        prop_assert_eq!(norm(&l.triu(1)), 0.0);
        let u = linalg::cholesky_upper(&on(&square, &device)).eval(&device).unwrap();
        small("A - U^H U", &(times(&adjoint(&u), &u) - wide(&square)), unit * norm(&square))?;
        // Determinants of 64 rows and more leave the range of single precision unless rows are about as long as 1.
        let a = (&a * (n.max(1) as f64).sqrt().recip()).eval(&Device::cpu()).unwrap();
        let parts = linalg::slogdet(&on(&a, &device));
        let whole = wide(&parts.sign) * parts.logabsdet.astype(DType::F64).exp();
        let det = linalg::det(&on(&a, &device));
        small("det - sign exp(log)", &(whole - wide(&det)), 1e3 * unit * norm(&det).max(1e-30))?;
    }
}

#[test]
fn values_are_numpys() {
    let numbers = |text: &str| -> Vec<Complex64> {
        let words = text.split_whitespace().map(|word| f64::from_bits(u64::from_str_radix(word, 16).unwrap()));
        words.collect::<Vec<_>>().chunks(2).map(|pair| Complex64::new(pair[0], pair[1])).collect()
    };
    let mut x = ondine::zeros([0, 0]);
    for line in include_str!("golden/linalg.txt").lines() {
        let (name, rest) = line.split_once(' ').unwrap();
        if name == "matrix" {
            let mut words = rest.splitn(3, ' ');
            let extents = [0, 1].map(|_| words.next().unwrap().parse::<usize>().unwrap());
            let matrix = numbers(words.next().unwrap());
            let is_real = matrix.iter().all(|value| value.im == 0.0);
            x = Array::from_vec(matrix, extents);
            x = if is_real { x.real().eval(&Device::cpu()).unwrap() } else { x.to(&Device::cpu()) };
            continue;
        }
        let [rows, columns] = [0, 1].map(|axis| x.shape().unwrap()[axis]);
        let want = numbers(rest);
        let scale = want.iter().map(|value| value.norm()).fold(0.0, f64::max);
        for device in DEVICES {
            let got = values(&function(name, &x.to(&device())));
            assert_eq!(got.len(), want.len(), "{name} of {rows} by {columns}");
            let got = if name == "eigvals" { by_modulus(got) } else { got };
            for (got, want) in got.iter().zip(&want) {
                let close = (got - want).norm() <= 1e-9 * scale.max(want.norm()).max(1e-3) || got == want;
                assert!(close, "{name} of {rows} by {columns} on {}: {got} instead of {want}", device().name());
            }
        }
    }
}

fn by_modulus(mut values: Vec<Complex64>) -> Vec<Complex64> {
    let key = |value: &Complex64| [value.norm(), value.re, value.im].map(|part| (part * 1e9).round());
    values.sort_by(|a, b| key(a).partial_cmp(&key(b)).unwrap());
    values
}

fn function(name: &str, x: &Array) -> Array {
    let (name, argument) = name.split_once(':').unwrap_or((name, ""));
    let number = || argument.parse::<f64>().unwrap();
    match name {
        "pinv" => linalg::pinv(x),
        "matrix_rank" => linalg::matrix_rank(x),
        "svdvals" => linalg::svdvals(x),
        "det" => linalg::det(x),
        "sign" => linalg::slogdet(x).sign,
        "logabsdet" => linalg::slogdet(x).logabsdet,
        "eigvals" => linalg::eigvals(x),
        "eigvalsh" => linalg::eigvalsh(x),
        "inv" => linalg::inv(x),
        "matrix_power" => linalg::matrix_power(x, number() as i64),
        "cholesky" => {
            let extent = x.shape().unwrap()[0];
            linalg::cholesky(&(x.matmul(&adjoint(x)) + ondine::eye(extent)))
        }
        "vector_norm" => linalg::vector_norm_with(x, NormOptions { ord: number(), ..Default::default() }),
        "matrix_norm" => linalg::matrix_norm(
            x,
            match argument {
                "fro" => MatrixNorm::Frobenius,
                "nuc" => MatrixNorm::Nuclear,
                "1" => MatrixNorm::One,
                "-1" => MatrixNorm::MinusOne,
                "2" => MatrixNorm::Two,
                "-2" => MatrixNorm::MinusTwo,
                "inf" => MatrixNorm::Infinity,
                _ => MatrixNorm::MinusInfinity,
            },
        ),
        _ => panic!("no function {name}"),
    }
}

fn message(x: &Array) -> String {
    let text = x.to_vec::<f64>().unwrap_err().to_string();
    text.lines().next().unwrap().to_string()
}

#[test]
fn flawed_matrices_are_errors_with_their_place() {
    for device in DEVICES {
        let device = device();
        let stack = Array::from([[[2.0, 0.0], [0.0, 1.0]], [[1.0, 2.0], [2.0, 4.0]]]).to(&device);
        assert_eq!(message(&linalg::inv(&stack)), "solve: matrix 1 of the stack is singular");
        assert_eq!(message(&linalg::cholesky(&stack)), "cholesky: matrix 1 of the stack is not positive definite");
        let bad = Array::from([[f64::NAN, 0.0], [0.0, f64::INFINITY]]).to(&device);
        assert_eq!(message(&linalg::svdvals(&bad)), "svd: matrix 0 of the stack holds an infinity or NaN");
        assert_eq!(message(&linalg::eigvalsh(&bad)), "eigh: matrix 0 of the stack holds an infinity or NaN");
        assert_eq!(message(&linalg::eigvals(&bad).real()), "eig: matrix 0 of the stack holds an infinity or NaN");
        assert_eq!(message(&linalg::cholesky(&bad)), "cholesky: matrix 0 of the stack is not positive definite");
        assert!(linalg::det(&bad).item::<f64>().unwrap().is_nan());
        assert!(linalg::qr(&bad).r.to_vec::<f64>().unwrap()[0].is_nan());
        // A large singular one goes another way.
        let large = ondine::eye(40) - ondine::eye(40).roll(1, 0);
        let large = large.to(&device);
        assert!(linalg::det(&large).abs().less(1e-12).item::<bool>().unwrap());
        let zero = ondine::zeros([20, 20]).to(&device);
        assert_eq!(message(&linalg::inv(&zero)), "solve: matrix 0 of the stack is singular");
        assert_eq!(linalg::slogdet(&zero).logabsdet.item::<f64>().unwrap(), f64::NEG_INFINITY);
        assert_eq!(linalg::slogdet(&zero).sign.item::<f64>().unwrap(), 0.0);
    }
}

#[test]
fn mistakes_are_errors_when_built() {
    let x = ondine::zeros([2, 3]);
    let text = |x: &Array| x.check().unwrap_err().to_string().lines().next().unwrap().to_string();
    assert_eq!(text(&linalg::cholesky(&x)), "cholesky: f64[2, 3] need square matrices [.., n, n]");
    assert_eq!(text(&linalg::inv(&x)), "inv: f64[2, 3] need square matrices [.., n, n]");
    assert_eq!(text(&linalg::svdvals(&ondine::zeros([3]))), "svd: f64[3] need at least two axes");
    assert_eq!(
        text(&linalg::solve(&ondine::eye(3), &x)),
        "solve: f64[3, 3] and f64[2, 3] differ in the number of rows"
    );
    assert_eq!(text(&linalg::outer(&x, &x)), "outer: f64[2, 3] and f64[2, 3] need one axis each");
    assert_eq!(
        text(&linalg::cross(&x, &ondine::zeros([4]), -1)),
        "cross: f64[2, 3] and f64[4] need extent 3 along axis -1"
    );
}

#[test]
fn what_nobody_reads_is_not_computed() {
    let x = random(&[6, 6], DType::F64, 1).to(&Device::cpu()).named("x");
    let parts = linalg::svd(&x);
    let plan = |x: &Array| x.explain(&Device::cpu()).unwrap().after().to_string();
    let alone = plan(&(&parts.s * 2.0));
    assert!(alone.contains("svd(%x, s)"), "{alone}");
    let together = plan(&(&parts.u * &parts.s));
    assert!(together.contains("svd(%x, u, s)"), "{together}");
}

#[test]
fn a_gpu_refuses_what_it_does_not_run() {
    let Some(device) = emulator::device() else { return };
    let x = random(&[3, 3], DType::F64, 1).to(&device);
    let text = linalg::svdvals(&x).eval(&device).unwrap_err().to_string();
    assert_eq!(
        text.lines().next().unwrap(),
        "cuda:0: svd of f64[3, 3] does not run here; move the operand to cpu with to()"
    );
}

/// Elements near the ends of the range of their type, whose squares leave it.
#[test]
fn huge_and_tiny_matrices_are_decomposed_like_others() {
    for (dtype, exponents) in [(DType::F32, [124, -140]), (DType::F64, [1020, -1060])] {
        let (square, tall) = (random(&[5, 5], dtype, 1), random(&[6, 4], dtype, 2));
        let symmetric = &square + square.matrix_transpose();
        for exponent in exponents {
            // In two steps, because a factor below the normal numbers has few bits.
            let half = Array::from(2.0f64.powi(exponent / 2)).astype(dtype);
            let scaled = |x: &Array| (x * &half * &half).eval(&Device::cpu()).unwrap();
            let (huge_square, huge_tall, huge_symmetric) = (scaled(&square), scaled(&tall), scaled(&symmetric));
            for (what, got, want) in [
                ("svdvals", linalg::svdvals(&huge_tall), linalg::svdvals(&tall)),
                ("eigvalsh", linalg::eigvalsh(&huge_symmetric), linalg::eigvalsh(&symmetric)),
                ("eigvals", linalg::eigvals(&huge_square).abs(), linalg::eigvals(&square).abs()),
            ] {
                let want = (&want.astype(DType::F64) * 2.0f64.powi(exponent / 2)) * 2.0f64.powi(exponent / 2);
                let (got, want) = (got.astype(DType::F64).to_vec::<f64>().unwrap(), want.to_vec::<f64>().unwrap());
                // Tiny elements have few bits themselves.
                let bits = if exponent < 0 { 1e-2 } else { 64.0 * eps(dtype) };
                let largest = want.iter().map(|want| want.abs()).fold(0.0, f64::max);
                for (got, want) in got.iter().zip(&want) {
                    assert!(
                        (got - want).abs() <= bits * largest,
                        "{what} of {dtype} by 2^{exponent}: {got} is not {want}"
                    );
                }
            }
        }
    }
}

/// Threads share a large matrix that is alone, and take the matrices of a stack one by one.
#[test]
fn bits_do_not_depend_on_the_number_of_threads() {
    let cpu = Device::cpu();
    let before = cpu.threads().unwrap();
    let bits =
        |x: &Array| x.eval(&cpu).unwrap().to_vec::<f64>().unwrap().iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    for shape in [[1, 230, 200], [3, 40, 30], [50, 4, 4]] {
        let a = random(&shape, DType::F64, 7);
        let square = a.matrix_transpose().matmul(&a).eval(&cpu).unwrap();
        let run = |threads| {
            cpu.set_threads(threads).unwrap();
            let (svd, eigh, qr) = (linalg::svd(&a), linalg::eigh(&square), linalg::qr(&a));
            let parts = [&svd.u, &svd.s, &svd.vh, &eigh.values, &eigh.vectors, &qr.q, &qr.r];
            let others = [linalg::solve(&square, &square), linalg::cholesky(&square), linalg::det(&square)];
            parts.into_iter().chain(&others).map(bits).collect::<Vec<_>>()
        };
        let alone = run(1);
        for threads in [2, 3, 8] {
            assert!(run(threads) == alone, "{shape:?} on {threads} threads");
        }
    }
    cpu.set_threads(before).unwrap();
}
