//! The memory limit, and memory that comes back. Both are the whole process's, so this is one test.

use ondine_ir::{Binary, DType, Graph, Op, Scalar, Type};
use ondine_runtime::{Buffer, Cpu, Device, Error, HostMemory, Options};
use std::sync::Arc;

#[test]
fn a_graph_beyond_the_limit_is_refused_before_it_runs_and_memory_comes_back() {
    let device = Device::cpu();
    let ty = Type::new(DType::F64, [1 << 20]);
    let mut graph = Graph::new("double");
    let x = graph.input("x", ty.clone());
    let two = graph.literal(Scalar::from_bytes(DType::F64, &2f64.to_le_bytes()));
    let double = graph.add(Op::Binary(Binary::Mul), [x.into(), two.into()]).unwrap();
    graph.set_results([double.into()]);
    let executable = device.backend().compile(&graph, &Options::default(), &mut |_| {}).unwrap();
    let input = Buffer::host(ty, Arc::new(HostMemory::adopt(vec![1.5f64; 1 << 20])));

    device.set_memory_limit(1 << 20).unwrap();
    let refused = executable.run(std::slice::from_ref(&input), &[]).unwrap_err();
    assert_eq!(
        refused,
        Error::MemoryLimit { device: "cpu".into(), peak: 16 << 20, wanted: 8 << 20, in_use: 0, limit: 1 << 20 }
    );
    assert!(refused.to_string().contains("predicted peak is 16777216 bytes"), "{refused}");

    device.set_memory_limit(usize::MAX).unwrap();
    let mut starts = Vec::new();
    for _ in 0..3 {
        let result = executable.run(std::slice::from_ref(&input), &[]).unwrap();
        assert_eq!(Cpu::shared().memory_in_use(), 8 << 20);
        starts.push(result[0].bytes().as_ptr());
        assert!(bytemuck::cast_slice::<u8, f64>(result[0].bytes()).iter().all(|x| *x == 3.0));
    }
    assert!(starts.iter().all(|start| *start == starts[0]), "the block of the last run is taken again");
    assert_eq!(Cpu::shared().memory_in_use(), 0);
    device.release();
    assert!(executable.run(&[input], &[]).is_ok());
}
