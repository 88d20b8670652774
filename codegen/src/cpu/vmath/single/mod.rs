//! f32 lanes. `exp`, `exp2` and `log` stay in f32; the others widen to f64, where short polynomials and no compensation
//! already give a correctly rounded f32 but for rare halfway cases.

pub(crate) mod native;
pub(crate) mod widened;
pub(crate) mod widened_trig;
