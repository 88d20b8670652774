//! A program of a `cuda` device: its versions, its constants, and what runs where its guard fails.

use super::context::Context;
use super::internal;
use super::promotion::Versions;
use super::version::Version;
use crate::setup::Setup;
use crate::{Buffer, Error, Executable, Meter};
use ondine_compiler::{Guard, Options, Plan, Stage, Target};
use ondine_ir::{Graph, Scalar};
use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

pub(super) struct CudaProgram {
    versions: Arc<Versions>,
    /// Every version reads the same constants: nothing is hoisted after the passes that look at the target.
    setup: Option<Setup>,
    guard: Option<Guard>,
    /// Compiled when the guard first fails.
    fallback: OnceLock<Result<Box<CudaProgram>, Error>>,
}

/// What the compiler is told of the device.
pub(super) fn target(options: &Options) -> &'static Target {
    if options.callbacks { &Target::CUDA_CALLBACKS } else { &Target::CUDA }
}

impl CudaProgram {
    pub(super) fn new(
        context: &Arc<Context>,
        graph: &Graph,
        options: &Options,
        watch: &mut dyn FnMut(&Stage),
    ) -> Result<CudaProgram, Error> {
        let program = ondine_compiler::compile(graph, target(options), options, watch)?;
        let version = |plan| Version::new(context.clone(), plan, options.callbacks);
        let setup = program.main.setup.as_ref().map(|setup| {
            let plan = Plan::clone(setup);
            let name = plan.graph.name().to_string();
            // It runs once, so it stays as it is.
            let versions = Arc::new(Versions::settled(version(plan)?));
            Ok::<Setup, Error>(Setup::new(&name, CudaProgram::of(versions, None, None)))
        });
        let setup = setup.transpose()?;
        let main = version(program.main)?;
        let versions = if options.callbacks { Versions::settled(main) } else { Versions::new(main, graph, options) };
        Ok(CudaProgram::of(Arc::new(versions), setup, program.guard))
    }

    fn of(versions: Arc<Versions>, setup: Option<Setup>, guard: Option<Guard>) -> CudaProgram {
        CudaProgram { versions, setup, guard, fallback: OnceLock::new() }
    }

    fn fallback(&self, guard: &Guard) -> Result<&CudaProgram, Error> {
        let compiled = self.fallback.get_or_init(|| {
            let context = self.versions.context();
            CudaProgram::new(context, &guard.fallback, &guard.options, &mut |_| {}).map(Box::new)
        });
        compiled.as_ref().map(|program| &**program).map_err(Clone::clone)
    }
}

impl Executable for CudaProgram {
    fn run_on(&self, meter: &mut Meter, inputs: &[Buffer], params: &[Scalar]) -> Result<Vec<Buffer>, Error> {
        let version = self.versions.next();
        meter.expect(version.steps.len());
        let all = match &self.setup {
            None => Cow::Borrowed(inputs),
            Some(setup) => Cow::Owned([inputs, &setup.constants(meter)?].concat()),
        };
        let mut results = self.versions.run(version, meter, &all, params)?;
        if let Some(guard) = &self.guard {
            let flag = results.remove(guard.flag);
            let mut holds = [0u8];
            flag.as_cuda().ok_or_else(|| internal("a flag is not on its device"))?.download(&mut holds)?;
            if holds != [1] {
                return self.fallback(guard)?.run_on(meter, inputs, params);
            }
        }
        Ok(results)
    }

    fn plan(&self) -> Option<&Plan> {
        Some(&self.versions.current().plan)
    }

    fn code(&self) -> Option<String> {
        Some(self.versions.current().code())
    }

    fn notes(&self) -> Vec<String> {
        self.versions.notes()
    }
}
