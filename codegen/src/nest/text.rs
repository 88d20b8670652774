//! The text form of a nest: for every part its accesses, its body and its blocks.

use super::{Access, Block, Memory, Nest, Part, Source};
use std::fmt;

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Memory::Operand(operand) => write!(f, "operand {operand}"),
            Memory::Anchor => f.write_str("anchor"),
            Memory::Result(result) => write!(f, "result {result}"),
        }
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Access::Position => f.write_str("position"),
            Access::Read(memory, dtype) => write!(f, "read {memory}: {dtype}"),
            Access::Write(memory, dtype) => write!(f, "write {memory}: {dtype}"),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Source::Literal(scalar) => write!(f, "{scalar}"),
            Source::Param(slot) => write!(f, "${slot}"),
        }
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "block [")?;
        for axis in 0..self.grid.origin.len() {
            let comma = if axis == 0 { "" } else { ", " };
            write!(f, "{comma}{}..{}", self.grid.origin[axis], self.grid.end(axis))?;
            if self.grid.steps[axis] != 1 {
                write!(f, " by {}", self.grid.steps[axis])?;
            }
        }
        f.write_str("]")?;
        for (at, place) in self.places.iter().enumerate() {
            write!(f, " a{at}: {} + {:?}", place.base, &place.strides[..])?;
        }
        for (at, source) in self.scalars.iter().enumerate() {
            write!(f, " s{at}: {source}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for (at, access) in self.accesses.iter().enumerate() {
            writeln!(f, "  a{at} = {access}")?;
        }
        for line in self.body.to_string().lines() {
            writeln!(f, "    {line}")?;
        }
        for block in &self.blocks {
            writeln!(f, "  {block}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Nest {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        writeln!(f, "nest {}", self.extents)?;
        for (at, part) in self.parts.iter().enumerate() {
            write!(f, "part {at}\n{part}")?;
        }
        Ok(())
    }
}
