//! All kernels of a graph as one program: compiling one program of many kernels takes a fraction of the time that one
//! program per kernel takes.

use super::{Fold, Key, Routine, Rows};
use crate::nest::{Inst, Var};
use ondine_ir::{Binary, Unary};

/// Threads of a block.
pub const THREADS: usize = 256;

pub(super) const CORE: &str = include_str!("prelude/core.cu");
pub(super) const COMPLEX: &str = include_str!("prelude/complex.cu");
const FUNCTIONS: &str = include_str!("prelude/functions.cu");
const ROUTINES: &str = include_str!("prelude/routines.cu");
const ROWS: &str = include_str!("prelude/rows.cu");

/// One kernel of a program.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Kernel {
    /// An elementwise body.
    Map(Key),
    /// An instance of a template.
    Routine(Routine),
    /// A reduction of an elementwise body.
    Fold(Fold),
    /// Stages over rows.
    Rows(Rows),
}

/// The text of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The program with all that its kernels call.
    pub source: String,
    /// How many kernels it has.
    pub kernels: usize,
}

impl Kernel {
    /// The name of the kernel at a position of a program.
    pub fn name(at: usize) -> String {
        format!("k{at}")
    }

    /// The text of the kernel without what it calls, for people and tests.
    pub fn text(&self) -> String {
        let mut text = String::new();
        self.emit(&Kernel::name(0), &mut text);
        text
    }

    fn has_complex_functions(&self) -> bool {
        match self {
            Kernel::Map(key) | Kernel::Fold(Fold { key, .. }) => has_complex_functions(key),
            Kernel::Rows(rows) => rows.parts.iter().any(|part| has_complex_functions(&part.key)),
            Kernel::Routine(_) => false,
        }
    }

    fn emit(&self, name: &str, text: &mut String) {
        match self {
            Kernel::Map(key) => key.emit(name, text),
            Kernel::Routine(routine) => routine.emit(name, text),
            Kernel::Fold(fold) => fold.emit(name, text),
            Kernel::Rows(rows) => rows.emit(name, text),
        }
    }
}

/// True if some op is more than arithmetic on complex numbers.
pub(super) fn has_complex_functions(key: &Key) -> bool {
    let is_complex = |var: &Var| key.body.dtype(*var).is_complex();
    key.body.insts().iter().any(|(inst, _)| match inst {
        Inst::Unary(op, a) => !op.is_cheap() && is_complex(a) || *op == Unary::Sign && is_complex(a),
        Inst::Binary(op, a, _) => *op == Binary::Pow && is_complex(a),
        _ => false,
    })
}

impl Program {
    /// The program of some kernels.
    pub fn new(kernels: &[Kernel]) -> Program {
        let mut source = [CORE, COMPLEX].concat();
        if kernels.iter().any(Kernel::has_complex_functions) {
            source.push_str(FUNCTIONS);
        }
        if kernels.iter().any(|kernel| !matches!(kernel, Kernel::Map(_))) {
            source.push_str(ROUTINES);
        }
        if kernels.iter().any(|kernel| matches!(kernel, Kernel::Rows(_))) {
            source.push_str(ROWS);
        }
        for (at, kernel) in kernels.iter().enumerate() {
            kernel.emit(&Kernel::name(at), &mut source);
        }
        Program { source, kernels: kernels.len() }
    }
}
