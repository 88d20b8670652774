//! Shapes and types: static extents, row-major order, broadcasting.

use crate::DType;
use smallvec::SmallVec;
use std::fmt;
use std::ops::Deref;

/// The extents of an array, outermost axis first. Static: every graph value has one.
#[derive(Clone, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct Shape(SmallVec<[usize; 4]>);

impl Shape {
    /// A shape from its extents.
    pub fn new(extents: impl IntoIterator<Item = usize>) -> Shape {
        Shape(extents.into_iter().collect())
    }

    /// The number of axes.
    pub fn rank(&self) -> usize {
        self.0.len()
    }

    /// The number of elements; saturates, but a shape inside a graph never overflows (`infer` refuses it).
    pub fn elements(&self) -> usize {
        if self.contains(&0) { 0 } else { self.0.iter().fold(1, |product, &extent| product.saturating_mul(extent)) }
    }

    /// The distance in elements between neighbours along each axis, in row-major order.
    pub fn strides(&self) -> SmallVec<[i64; 4]> {
        let mut strides: SmallVec<[i64; 4]> = SmallVec::from_elem(1, self.rank());
        for axis in (1..self.rank()).rev() {
            strides[axis - 1] = strides[axis] * self[axis].max(1) as i64;
        }
        strides
    }

    /// This shape with `axes` left out.
    pub fn without(&self, axes: &[usize]) -> Shape {
        Shape::new(self.iter().enumerate().filter(|(axis, _)| !axes.contains(axis)).map(|(_, &extent)| extent))
    }

    /// This shape with another extent along one axis.
    pub fn with(&self, axis: usize, extent: usize) -> Shape {
        let mut shape = self.clone();
        shape.0[axis] = extent;
        shape
    }

    /// The common shape of two operands, aligned at the last axis, or `None` if they do not broadcast.
    pub fn broadcast(&self, other: &Shape) -> Option<Shape> {
        let rank = self.rank().max(other.rank());
        let extent = |shape: &Shape, axis: usize| {
            let missing = rank - shape.rank();
            if axis < missing { 1 } else { shape[axis - missing] }
        };
        (0..rank)
            .map(|axis| match (extent(self, axis), extent(other, axis)) {
                (a, b) if a == b => Some(a),
                (1, b) => Some(b),
                (a, 1) => Some(a),
                _ => None,
            })
            .collect::<Option<_>>()
            .map(Shape)
    }
}

impl Deref for Shape {
    type Target = [usize];
    fn deref(&self) -> &[usize] {
        &self.0
    }
}

impl<const N: usize> From<[usize; N]> for Shape {
    fn from(extents: [usize; N]) -> Shape {
        Shape::new(extents)
    }
}

impl From<&[usize]> for Shape {
    fn from(extents: &[usize]) -> Shape {
        Shape(extents.into())
    }
}

impl From<Vec<usize>> for Shape {
    fn from(extents: Vec<usize>) -> Shape {
        Shape(extents.into())
    }
}

impl FromIterator<usize> for Shape {
    fn from_iter<I: IntoIterator<Item = usize>>(extents: I) -> Shape {
        Shape::new(extents)
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{:?}", &self.0[..])
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Element type and shape of a value.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Type {
    /// Element type.
    pub dtype: DType,
    /// Static extents.
    pub shape: Shape,
}

impl Type {
    /// A type from its parts.
    pub fn new(dtype: DType, shape: impl Into<Shape>) -> Type {
        Type { dtype, shape: shape.into() }
    }

    /// Bytes of a dense array of this type; saturates.
    pub fn bytes(&self) -> usize {
        self.shape.elements().saturating_mul(self.dtype.bytes())
    }

    /// True if a dense array of this type can be addressed: its bytes, counting empty axes as 1, fit a signed word.
    pub fn is_addressable(&self) -> bool {
        self.shape
            .iter()
            .try_fold(self.dtype.bytes(), |bytes, &extent| bytes.checked_mul(extent.max(1)))
            .is_some_and(|bytes| bytes <= isize::MAX as usize)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}{}", self.dtype, self.shape)
    }
}

impl fmt::Debug for Type {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broadcasting_aligns_at_the_last_axis() {
        let shape = |extents: &[usize]| Shape::from(extents);
        assert_eq!(shape(&[3, 1]).broadcast(&shape(&[4])), Some(shape(&[3, 4])));
        assert_eq!(shape(&[]).broadcast(&shape(&[0, 2])), Some(shape(&[0, 2])));
        assert_eq!(shape(&[0]).broadcast(&shape(&[1])), Some(shape(&[0])));
        assert_eq!(shape(&[3]).broadcast(&shape(&[4])), None);
        assert_eq!(shape(&[0]).broadcast(&shape(&[2])), None);
    }

    #[test]
    fn huge_shapes_are_not_addressable() {
        assert!(!Type::new(DType::U8, [1 << 40, 1 << 40]).is_addressable());
        assert!(!Type::new(DType::F64, [0, 1 << 40, 1 << 40]).is_addressable());
        assert!(Type::new(DType::F64, [0, 1 << 40]).is_addressable());
    }
}
