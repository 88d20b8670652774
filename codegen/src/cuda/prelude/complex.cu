// Complex arithmetic by the textbook formulas, every operation rounded once.
template <class F> D complex_of<F> op_complex(F re, F im) { return {re, im}; }
template <class F> D F op_real(complex_of<F> z) { return z.re; }
template <class F> D F op_imag(complex_of<F> z) { return z.im; }
template <class F> D complex_of<F> op_conj(complex_of<F> z) { return {z.re, -z.im}; }
template <class F> D complex_of<F> op_neg(complex_of<F> z) { return {-z.re, -z.im}; }
template <class F> D complex_of<F> op_round(complex_of<F> z) { return {op_round(z.re), op_round(z.im)}; }
template <class F> D bool op_isnan(complex_of<F> z) { return op_isnan(z.re) | op_isnan(z.im); }
template <class F> D bool op_isinf(complex_of<F> z) { return op_isinf(z.re) | op_isinf(z.im); }
template <class F> D bool op_isfinite(complex_of<F> z) { return op_isfinite(z.re) & op_isfinite(z.im); }
template <class F> D bool op_eq(complex_of<F> z, complex_of<F> w) { return (z.re == w.re) & (z.im == w.im); }
template <class F> D bool op_ne(complex_of<F> z, complex_of<F> w) { return (z.re != w.re) | (z.im != w.im); }
template <class F> D complex_of<F> op_add(complex_of<F> z, complex_of<F> w) { return {z.re + w.re, z.im + w.im}; }
template <class F> D complex_of<F> op_sub(complex_of<F> z, complex_of<F> w) { return {z.re - w.re, z.im - w.im}; }
template <class F> D complex_of<F> op_mul(complex_of<F> z, complex_of<F> w) {
  return {product(z.re, w.re) - product(z.im, w.im), product(z.im, w.re) + product(z.re, w.im)};
}
template <class F> D complex_of<F> op_div(complex_of<F> z, complex_of<F> w) {
  const F norm = product(w.re, w.re) + product(w.im, w.im);
  return {(product(z.re, w.re) + product(z.im, w.im)) / norm, (product(z.im, w.re) - product(z.re, w.im)) / norm};
}
// With a real operand of the same precision: componentwise.
template <class F> D complex_of<F> op_mul(complex_of<F> z, F s) { return {product(z.re, s), product(z.im, s)}; }
template <class F> D complex_of<F> op_mul(F s, complex_of<F> z) { return {product(z.re, s), product(z.im, s)}; }
template <class F> D complex_of<F> op_div(complex_of<F> z, F s) { return {z.re / s, z.im / s}; }
template <class F> D F op_abs(complex_of<F> z) { return op_hypot(z.re, z.im); }
