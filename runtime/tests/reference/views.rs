//! Views, concat, pad and update, with the NumPy expression that each stands for.

use crate::common::*;
use ondine_ir::{Affine, Index, Op, Pad, Shape, View, Window};
use ondine_runtime::Buffer;

/// `np.arange(count).reshape(shape)`.
fn count(shape: impl Into<Shape>) -> Buffer {
    let shape = shape.into();
    let elements: Vec<i64> = (0..shape.elements() as i64).collect();
    array(shape, elements)
}

fn affine(shape: impl Into<Shape>, source: impl IntoIterator<Item = Index>) -> Op {
    Op::View(View::Affine(Affine::new(shape.into(), source)))
}

fn window(start: usize, step: usize, extent: usize) -> Window {
    Window { start, step, extent }
}

#[test]
fn slices_pick_steps_and_drop_axes() {
    let (i, j) = (Index::axis(0), Index::axis(1));
    // x[3:0:-2, 1:4]
    let op_ = affine([2, 3], [i.times(-2).plus(3), j.plus(1)]);
    assert_eq!(op(op_, &[count([4, 5])]), "i64[2, 3] 16 17 18 6 7 8");
    // x[2]
    assert_eq!(op(affine([5], [Index::constant(2), i.clone()]), &[count([4, 5])]), "i64[5] 10 11 12 13 14");
    // x[1, 2]
    let point = affine([], [Index::constant(1), Index::constant(2)]);
    assert_eq!(op(point, &[count([4, 5])]), "i64[] 7");
}

#[test]
fn permute_broadcast_flip() {
    let source = Shape::from([2, 3]);
    let permute = Op::View(View::Affine(Affine::permute(&source, &[1, 0])));
    assert_eq!(op(permute, &[count([2, 3])]), "i64[3, 2] 0 3 1 4 2 5");
    let permute = Op::View(View::Affine(Affine::permute(&[2, 3, 2].into(), &[2, 0, 1])));
    assert_eq!(op(permute, &[count([2, 3, 2])]), "i64[2, 2, 3] 0 2 4 6 8 10 1 3 5 7 9 11");
    let flip = Op::View(View::Affine(Affine::flip(&source, &[1])));
    assert_eq!(op(flip, &[count([2, 3])]), "i64[2, 3] 2 1 0 5 4 3");
    let broadcast = Op::View(View::Affine(Affine::broadcast(&[2, 1].into(), [2, 2, 3].into())));
    assert_eq!(op(broadcast, &[count([2, 1])]), "i64[2, 2, 3] 0 0 0 1 1 1 0 0 0 1 1 1");
}

#[test]
fn diagonals_and_sliding_windows() {
    let i = Index::axis(0);
    assert_eq!(op(affine([3], [i.clone(), i.clone()]), &[count([3, 4])]), "i64[3] 0 5 10");
    // np.lib.stride_tricks.sliding_window_view(x, 3)[::2]
    let windows = affine([3, 3], [i.times(2).add(&Index::axis(1))]);
    assert_eq!(op(windows, &[count([7])]), "i64[3, 3] 0 1 2 2 3 4 4 5 6");
}

#[test]
fn reshape_keeps_the_order() {
    assert_eq!(op(Op::View(View::Reshape([3, 2].into())), &[count([2, 3])]), "i64[3, 2] 0 1 2 3 4 5");
    assert_eq!(op(Op::View(View::Reshape([].into())), &[count([1, 1])]), "i64[] 0");
    assert_eq!(op(Op::View(View::Reshape([1].into())), &[count([])]), "i64[1] 0");
}

#[test]
fn roll_moves_elements_forward() {
    // np.roll(x, (1, -1), (0, 1))
    let roll = View::roll(&[3, 4].into(), [1, -1]).unwrap();
    assert_eq!(op(Op::View(roll), &[count([3, 4])]), "i64[3, 4] 9 10 11 8 1 2 3 0 5 6 7 4");
}

#[test]
fn views_agree_with_their_index_maps() {
    let mut views = vec![
        (Shape::from([4, 6, 5]), View::Reshape([5, 24].into())),
        (Shape::from([4, 6, 5]), View::Reshape([2, 3, 1, 20].into())),
        (Shape::from([4, 6]), View::roll(&[4, 6].into(), [3, 2]).unwrap()),
        (Shape::from([4, 6]), View::Affine(Affine::flip(&[4, 6].into(), &[0]))),
        (Shape::from([1, 3]), View::Affine(Affine::broadcast(&[1, 3].into(), [2, 4, 3].into()))),
    ];
    let shapes: [&[usize]; 14] = [
        &[24],
        &[2, 12],
        &[8, 3],
        &[4, 6],
        &[6, 4],
        &[2, 3, 4],
        &[4, 3, 2],
        &[2, 6, 2],
        &[3, 2, 2, 2],
        &[2, 2, 2, 3],
        &[1, 24],
        &[4, 1, 6],
        &[8, 3, 1],
        &[1, 1, 3, 1, 8],
    ];
    for source in shapes {
        views.extend(shapes.map(|shape| (source.into(), View::Reshape(shape.into()))));
    }
    for (source, view) in views {
        let shape = view.shape(&source);
        let map = view.source(&source, &Index::identity(shape.rank()), &shape);
        let expected: Vec<i64> = (0..shape.elements() as i64)
            .map(|position| {
                let index: Vec<i64> = shape
                    .iter()
                    .zip(shape.strides())
                    .map(|(&extent, stride)| position / stride % extent as i64)
                    .collect();
                map.iter().zip(source.strides()).map(|(axis, stride)| axis.at(&index) * stride).sum()
            })
            .collect();
        let result = try_op(Op::View(view.clone()), &[count(source)]).unwrap();
        assert_eq!(elements::<i64>(&result), expected, "{view:?}");
    }
}

#[test]
fn concat_joins_in_order() {
    let (a, b) = (count([2, 2]), count([2, 1]));
    assert_eq!(op(Op::Concat { axis: 1 }, &[a.clone(), b, a.clone()]), "i64[2, 5] 0 1 0 0 1 2 3 1 2 3");
    assert_eq!(op(Op::Concat { axis: 0 }, &[a.clone(), count([0, 2]), a]), "i64[4, 2] 0 1 2 3 0 1 2 3");
    assert_eq!(op(Op::Concat { axis: 0 }, &[count([3])]), "i64[3] 0 1 2");
}

#[test]
fn pad_places_windows_in_the_fill() {
    let nine = array([], [9i64]);
    let pad = |shape: &[usize], windows: &[Window]| Op::Pad(Pad { shape: shape.into(), windows: windows.into() });
    // np.pad(x, (1, 2), constant_values=9)
    let plain = pad(&[5], &[window(1, 1, 2)]);
    assert_eq!(op(plain, &[count([2]), nine.clone()]), "i64[5] 9 0 1 9 9");
    // Dilation: y = full(7, 9); y[1::2] = x
    let dilated = pad(&[7], &[window(1, 2, 3)]);
    assert_eq!(op(dilated, &[count([3]), nine.clone()]), "i64[7] 9 0 9 1 9 2 9");
    // y[(3 + arange(3)) % 4] = x
    let wrapping = pad(&[4], &[window(3, 1, 3)]);
    assert_eq!(op(wrapping, &[count([3]), nine.clone()]), "i64[4] 1 2 9 0");
    // y[ix_((2 + 2 * arange(2)) % 3, (1 + arange(2)) % 3)] = x
    let both = pad(&[3, 3], &[window(2, 2, 2), window(1, 1, 2)]);
    assert_eq!(op(both, &[count([2, 2]), nine]), "i64[3, 3] 9 9 9 9 2 3 9 0 1");
}

#[test]
fn update_overwrites_windows() {
    let minus = array([2], [-1i64, -2]);
    assert_eq!(op(Op::Update(vec![window(1, 2, 2)]), &[count([5]), minus.clone()]), "i64[5] 0 -1 2 -2 4");
    // x[(4 + arange(2)) % 5] = [-1, -2]
    assert_eq!(op(Op::Update(vec![window(4, 1, 2)]), &[count([5]), minus]), "i64[5] -2 1 2 3 -1");
    // x[(3 + 3 * arange(2)) % 5, 1:] = 9
    let spread = Op::Update(vec![window(3, 3, 2), window(1, 1, 1)]);
    assert_eq!(op(spread, &[count([5, 2]), array([], [9i64])]), "i64[5, 2] 0 1 2 9 4 5 6 9 8 9");
    assert_eq!(op(Op::Update(vec![]), &[array([], [1i64]), array([], [2i64])]), "i64[] 2");
}
