//! Gather, scatter, searchsorted.

use crate::common::*;
use ondine_ir::Op;

#[test]
fn gather_takes_along_an_axis() {
    let x = array([2, 3], [0i64, 1, 2, 10, 11, 12]);
    // np.take(x, [2, 0, -1, -3], 1)
    let positions = array([4], [2i64, 0, -1, -3]);
    assert_eq!(op(Op::Gather { axis: 1 }, &[x.clone(), positions]), "i64[2, 4] 2 0 2 0 12 10 12 10");
    // np.take(x, [[1, 0], [0, -1]], 0)
    let positions = array([2, 2], [1i64, 0, 0, -1]);
    let taken = "i64[2, 2, 3] 10 11 12 0 1 2 0 1 2 10 11 12";
    assert_eq!(op(Op::Gather { axis: 0 }, &[x.clone(), positions]), taken);
    // np.take(x, 1, 1)
    assert_eq!(op(Op::Gather { axis: 1 }, &[x, array([], [1i64])]), "i64[2] 1 11");
}

#[test]
fn scatter_lets_the_last_write_win() {
    let base = array([4], [0.0, 1.0, 2.0, 3.0]);
    let (positions, values) = (array([4], [1i64, -1, 1, 3]), array([4], [10.0, 20.0, 30.0, 40.0]));
    assert_eq!(op(Op::Scatter { axis: 0 }, &[base, positions, values]), "f64[4] 0.0 30.0 2.0 40.0");
    // x[:, [2, 0]] = v
    let base = array([2, 3], [0i8, 1, 2, 3, 4, 5]);
    let (positions, values) = (array([2], [2i64, 0]), array([2, 2], [-1i8, -2, -3, -4]));
    assert_eq!(op(Op::Scatter { axis: 1 }, &[base, positions, values]), "i8[2, 3] -2 1 -1 -4 4 -3");
}

#[test]
fn positions_out_of_range_are_named() {
    let x = array([3], [0.0, 1.0, 2.0]);
    let error = |position: i64| try_op(Op::Gather { axis: 0 }, &[x.clone(), array([1], [position])]).unwrap_err();
    assert_eq!(error(3).to_string(), "gather: position 3 is out of range for an axis of extent 3");
    assert_eq!(error(-4).to_string(), "gather: position -4 is out of range for an axis of extent 3");
    assert_eq!(
        error(i64::MIN).to_string(),
        "gather: position -9223372036854775808 is out of range for an axis of extent 3"
    );
    let operands = [x.clone(), array([2], [0i64, 7]), array([2], [0.0, 0.0])];
    let error = try_op(Op::Scatter { axis: 0 }, &operands).unwrap_err();
    assert_eq!(error.to_string(), "scatter: position 7 is out of range for an axis of extent 3");
}

#[test]
fn positions_are_checked_even_where_nothing_is_read() {
    let x = array::<f64>([0, 3], []);
    let error = try_op(Op::Gather { axis: 1 }, &[x, array([1], [3i64])]).unwrap_err();
    assert_eq!(error.to_string(), "gather: position 3 is out of range for an axis of extent 3");
}

#[test]
fn searchsorted_finds_either_side_of_equal_elements() {
    let sorted = array([5], [1i32, 2, 2, 2, 5]);
    let values = array([2, 3], [0i32, 1, 2, 3, 5, 6]);
    let side = |right| op(Op::SearchSorted { right }, &[sorted.clone(), values.clone()]);
    assert_eq!(side(false), "i64[2, 3] 0 0 1 4 4 5");
    assert_eq!(side(true), "i64[2, 3] 0 1 4 4 5 5");
}

#[test]
fn searchsorted_sorts_nan_last() {
    let sorted = array([4], [-f64::INFINITY, 0.0, f64::INFINITY, f64::NAN]);
    let values = array([4], [f64::NAN, f64::INFINITY, -0.0, -f64::INFINITY]);
    let side = |right| op(Op::SearchSorted { right }, &[sorted.clone(), values.clone()]);
    assert_eq!(side(false), "i64[4] 3 2 1 0");
    assert_eq!(side(true), "i64[4] 4 3 2 1");
}

#[test]
fn searchsorted_takes_bool_and_rank_0() {
    let sorted = flags([3], [false, false, true]);
    assert_eq!(op(Op::SearchSorted { right: false }, &[sorted.clone(), flags([], [true])]), "i64[] 2");
    assert_eq!(op(Op::SearchSorted { right: true }, &[sorted, flags([], [false])]), "i64[] 2");
}
