// Types, fast division, conversions, and every op on bool, integers and real floats.
//
// No header is included. Nothing is contracted: the compiler is told so. What generated code calls is named after the op.
#define D static __device__ __forceinline__

// Memory of a block whose size comes with the launch.
#ifndef DYNAMIC_SHARED
#define DYNAMIC_SHARED(name) extern __shared__ __align__(16) unsigned char name[]
#endif

typedef signed char i8;
typedef short i16;
typedef int i32;
typedef long long i64;
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef float f32;
typedef double f64;
template <class F> struct __align__(2 * sizeof(F)) complex_of { F re, im; };
typedef complex_of<f32> c64;
typedef complex_of<f64> c128;

// What one vector load or store moves.
template <class T, int N> struct __align__(sizeof(T) * N) pack { T x[N]; };

// Division by a constant of the launch: n / d for n < 2^31, 1 <= d < 2^31 (Granlund and Montgomery 1994).
struct divisor { u32 d, m, s; };
D u32 divide(u32 n, divisor f) { return (__umulhi(n, f.m) + n) >> f.s; }

template <class T> struct is_real { static constexpr bool yes = false; };
template <> struct is_real<f32> { static constexpr bool yes = true; };
template <> struct is_real<f64> { static constexpr bool yes = true; };
template <class T> struct is_complex { static constexpr bool yes = false; };
template <class F> struct is_complex<complex_of<F>> { static constexpr bool yes = true; };

D u32 bits(f32 x) { return (u32)__float_as_int(x); }
D u64 bits(f64 x) { return (u64)__double_as_longlong(x); }
D f32 of_bits(u32 x) { return __int_as_float((int)x); }
D f64 of_bits(u64 x) { return __longlong_as_double((long long)x); }
template <class F> struct limits;
template <> struct limits<f32> {
  D f32 infinity() { return of_bits((u32)0x7f800000u); }
  D f32 nan() { return of_bits((u32)0x7fc00000u); }
  D f32 least() { return of_bits((u32)1); }
};
template <> struct limits<f64> {
  D f64 infinity() { return of_bits((u64)0x7ff0000000000000ull); }
  D f64 nan() { return of_bits((u64)0x7ff8000000000000ull); }
  D f64 least() { return of_bits((u64)1); }
};

// Conversions: integers wrap, floats truncate and saturate, NaN becomes 0.
template <class T, class F> D T saturated(F x) {
  constexpr bool is_signed = (T)-1 < (T)0;
  constexpr int magnitude = 8 * (int)sizeof(T) - (is_signed ? 1 : 0);
  constexpr T most = (T)(~0ull >> (64 - magnitude));
  const F above = (F)(1ull << (magnitude - 1)) * (F)2;
  const F below = is_signed ? -above : (F)0;
  if (x != x) return (T)0;
  if (x >= above) return most;
  if (x <= below) return is_signed ? (T)(-most - 1) : (T)0;
  return (T)x;
}
template <class T> struct conversion {
  template <class S> D T of(S x) {
    if constexpr (is_real<S>::yes && !is_real<T>::yes) return saturated<T>(x); else return (T)x;
  }
  template <class F> D T of(complex_of<F> z) { return of(z.re); }
};
template <> struct conversion<bool> {
  template <class S> D bool of(S x) { return x != (S)0; }
  template <class F> D bool of(complex_of<F> z) { return (z.re != (F)0) | (z.im != (F)0); }
};
template <class T> struct conversion<complex_of<T>> {
  template <class S> D complex_of<T> of(S x) { return {(T)x, (T)0}; }
  template <class F> D complex_of<T> of(complex_of<F> z) { return {(T)z.re, (T)z.im}; }
};
template <class T, class S> D T to(S x) { return conversion<T>::of(x); }

template <class T> D T op_select(bool c, T x, T y) { return c ? x : y; }

// Comparisons, of anything with an order.
template <class T> D bool op_eq(T x, T y) { return x == y; }
template <class T> D bool op_ne(T x, T y) { return x != y; }
template <class T> D bool op_lt(T x, T y) { return x < y; }
template <class T> D bool op_le(T x, T y) { return x <= y; }
template <class T> D bool op_gt(T x, T y) { return x > y; }
template <class T> D bool op_ge(T x, T y) { return x >= y; }

// A product that nothing is contracted with, not even where a library's linker optimises callbacks as it likes.
D f32 product(f32 x, f32 y) { return __fmul_rn(x, y); }
D f64 product(f64 x, f64 y) { return __dmul_rn(x, y); }

// Arithmetic. Integers wrap: 64 bits without a sign hold what is kept of every result.
template <class T> D T op_neg(T x) {
  if constexpr (is_real<T>::yes) return -x; else return (T)(0ull - (u64)x);
}
template <class T> D T op_add(T x, T y) {
  if constexpr (is_real<T>::yes) return x + y; else return (T)((u64)x + (u64)y);
}
template <class T> D T op_sub(T x, T y) {
  if constexpr (is_real<T>::yes) return x - y; else return (T)((u64)x - (u64)y);
}
template <class T> D T op_mul(T x, T y) {
  if constexpr (is_real<T>::yes) return product(x, y); else return (T)((u64)x * (u64)y);
}
template <class T> D T op_div(T x, T y) { return x / y; }
template <class T> D T op_and(T x, T y) { return (T)(x & y); }
template <class T> D T op_or(T x, T y) { return (T)(x | y); }
template <class T> D T op_xor(T x, T y) { return (T)(x ^ y); }
template <class T> D T op_not(T x) { return (T)~x; }
D bool op_not(bool x) { return !x; }
// Counts outside the width give 0, or the sign.
template <class T> D T op_shl(T x, T y) { return (u64)y < 8 * sizeof(T) ? (T)((u64)x << y) : (T)0; }
template <class T> D T op_shr(T x, T y) { return (u64)y < 8 * sizeof(T) ? (T)(x >> y) : x < (T)0 ? (T)-1 : (T)0; }

D f32 op_floor(f32 x) { return floorf(x); }
D f64 op_floor(f64 x) { return floor(x); }
D f32 op_ceil(f32 x) { return ceilf(x); }
D f64 op_ceil(f64 x) { return ceil(x); }
D f32 op_trunc(f32 x) { return truncf(x); }
D f64 op_trunc(f64 x) { return trunc(x); }
D f32 op_round(f32 x) { return rintf(x); }
D f64 op_round(f64 x) { return rint(x); }
D f32 op_sqrt(f32 x) { return sqrtf(x); }
D f64 op_sqrt(f64 x) { return sqrt(x); }
D f32 op_copysign(f32 x, f32 y) { return copysignf(x, y); }
D f64 op_copysign(f64 x, f64 y) { return copysign(x, y); }
D f32 remainder_of(f32 x, f32 y) { return fmodf(x, y); }
D f64 remainder_of(f64 x, f64 y) { return fmod(x, y); }
D bool op_signbit(f32 x) { return bits(x) >> 31; }
D bool op_signbit(f64 x) { return bits(x) >> 63; }
template <class T> D T op_abs(T x) {
  if constexpr (is_real<T>::yes) return op_copysign(x, (T)0); else return x < (T)0 ? op_neg(x) : x;
}
template <class T> D bool op_isnan(T x) { return x != x; }
template <class T> D bool op_isinf(T x) { return op_abs(x) == limits<T>::infinity(); }
template <class T> D bool op_isfinite(T x) { return op_abs(x) < limits<T>::infinity(); }
template <class T> D T op_sign(T x) {
  if constexpr (is_real<T>::yes) return x != x ? x : x == (T)0 ? (T)0 : op_copysign((T)1, x);
  else return x < (T)0 ? (T)-1 : (T)(x > (T)0);
}

// NaN wins and -0 < +0: `minimum` of IEEE 754-2019 section 9.6.
template <class T> D T op_min(T x, T y) {
  if constexpr (is_real<T>::yes) {
    if (x != x) return x;
    return x == y ? of_bits(bits(x) | bits(y)) : x < y ? x : y;
  } else {
    return x < y ? x : y;
  }
}
template <class T> D T op_max(T x, T y) {
  if constexpr (is_real<T>::yes) return -op_min(-x, -y); else return x > y ? x : y;
}

// With the sign of the divisor; integers give 0 on division by 0.
template <class T> D T op_rem(T x, T y) {
  if constexpr (is_real<T>::yes) {
    const T rest = remainder_of(x, y);
    if (rest == (T)0) return op_copysign((T)0, y);
    return (rest < (T)0) != (y < (T)0) ? rest + y : rest;
  } else {
    if (y == (T)0 || (T)(y + 1) == (T)0 && y < (T)0) return (T)0;
    const T rest = (T)(x % y);
    return rest != (T)0 && (rest < (T)0) != (y < (T)0) ? (T)(rest + y) : rest;
  }
}
// Rounded towards minus infinity. Of floats: array API standard 2025.12, `floor_divide`, where an operand is zero or
// infinite, otherwise the integer nearest to (x - x % y) / y.
template <class T> D T op_floor_div(T x, T y) {
  if constexpr (is_real<T>::yes) {
    if (x != x || y != y || op_isinf(x) || x == (T)0 || y == (T)0) return x / y;
    if (op_isinf(y)) return op_copysign((T)0, x / y);
    const T rest = remainder_of(x, y);
    T quotient = (x - rest) / y;
    if (rest != (T)0 && (rest < (T)0) != (y < (T)0)) quotient = quotient - (T)1;
    if (quotient == (T)0) return op_copysign((T)0, x / y);
    const T below = op_floor(quotient);
    return quotient - below > (T)0.5 ? below + (T)1 : below;
  } else {
    if (y == (T)0) return (T)0;
    if ((T)(y + 1) == (T)0 && y < (T)0) return op_neg(x);
    const T quotient = (T)(x / y);
    return x % y != 0 && (x < (T)0) != (y < (T)0) ? (T)(quotient - 1) : quotient;
  }
}
template <class T> D T op_nextafter(T x, T y) {
  if (x != x || y != y) return x + y;
  if (x == y) return y;
  if (x == (T)0) return op_copysign(limits<T>::least(), y);
  return of_bits((x < y) == (x > (T)0) ? bits(x) + 1 : bits(x) - 1);
}
// By repeated squaring, wrapping; of the negative powers only those of 1 and -1 are integers, the others are 0.
template <class T> D T integer_power(T base, T exponent) {
  if (exponent < (T)0) return base == (T)1 ? base : base == (T)-1 ? exponent & 1 ? base : (T)1 : (T)0;
  T power = 1;
  for (T square = base, rest = exponent; rest > (T)0; rest = (T)(rest >> 1), square = op_mul(square, square))
    if (rest & 1) power = op_mul(power, square);
  return power;
}

// Transcendental functions are those of the CUDA math library.
D f32 op_cbrt(f32 x) { return cbrtf(x); }
D f64 op_cbrt(f64 x) { return cbrt(x); }
D f32 op_exp(f32 x) { return expf(x); }
D f64 op_exp(f64 x) { return exp(x); }
D f32 op_exp2(f32 x) { return exp2f(x); }
D f64 op_exp2(f64 x) { return exp2(x); }
D f32 op_expm1(f32 x) { return expm1f(x); }
D f64 op_expm1(f64 x) { return expm1(x); }
D f32 op_log(f32 x) { return logf(x); }
D f64 op_log(f64 x) { return log(x); }
D f32 op_log1p(f32 x) { return log1pf(x); }
D f64 op_log1p(f64 x) { return log1p(x); }
D f32 op_log2(f32 x) { return log2f(x); }
D f64 op_log2(f64 x) { return log2(x); }
D f32 op_log10(f32 x) { return log10f(x); }
D f64 op_log10(f64 x) { return log10(x); }
D f32 op_sin(f32 x) { return sinf(x); }
D f64 op_sin(f64 x) { return sin(x); }
D f32 op_cos(f32 x) { return cosf(x); }
D f64 op_cos(f64 x) { return cos(x); }
D f32 op_tan(f32 x) { return tanf(x); }
D f64 op_tan(f64 x) { return tan(x); }
D f32 op_sinh(f32 x) { return sinhf(x); }
D f64 op_sinh(f64 x) { return sinh(x); }
D f32 op_cosh(f32 x) { return coshf(x); }
D f64 op_cosh(f64 x) { return cosh(x); }
D f32 op_tanh(f32 x) { return tanhf(x); }
D f64 op_tanh(f64 x) { return tanh(x); }
D f32 op_asin(f32 x) { return asinf(x); }
D f64 op_asin(f64 x) { return asin(x); }
D f32 op_acos(f32 x) { return acosf(x); }
D f64 op_acos(f64 x) { return acos(x); }
D f32 op_atan(f32 x) { return atanf(x); }
D f64 op_atan(f64 x) { return atan(x); }
D f32 op_asinh(f32 x) { return asinhf(x); }
D f64 op_asinh(f64 x) { return asinh(x); }
D f32 op_acosh(f32 x) { return acoshf(x); }
D f64 op_acosh(f64 x) { return acosh(x); }
D f32 op_atanh(f32 x) { return atanhf(x); }
D f64 op_atanh(f64 x) { return atanh(x); }
D f32 op_erf(f32 x) { return erff(x); }
D f64 op_erf(f64 x) { return erf(x); }
D f32 op_erfc(f32 x) { return erfcf(x); }
D f64 op_erfc(f64 x) { return erfc(x); }
D f32 op_atan2(f32 y, f32 x) { return atan2f(y, x); }
D f64 op_atan2(f64 y, f64 x) { return atan2(y, x); }
D f32 op_hypot(f32 x, f32 y) { return hypotf(x, y); }
D f64 op_hypot(f64 x, f64 y) { return hypot(x, y); }
D f32 real_power(f32 x, f32 y) { return powf(x, y); }
D f64 real_power(f64 x, f64 y) { return pow(x, y); }
template <class T> D T op_pow(T x, T y) {
  if constexpr (is_real<T>::yes) return real_power(x, y); else return integer_power(x, y);
}
template <class T> D T op_logaddexp(T x, T y) {
  if (x != x || y != y) return x + y;
  if (x == y) return x + (T)0.693147180559945309417;
  return (x > y ? x : y) + op_log1p(op_exp(-op_abs(x - y)));
}
