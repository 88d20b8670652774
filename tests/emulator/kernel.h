// The CUDA C++ that generated programs use, for the host's compiler. Nothing is included, so that programs compile fast;
// threads, barriers and shuffles are those of the machine that `driver.cpp` runs.
#pragma once
#define __global__
#define __device__
#define __host__
#define __shared__ static
#define DYNAMIC_SHARED(name) unsigned char* const name = emulated->dynamic
#define __constant__ static const
#define __forceinline__ inline
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(...)
#define __align__(n) __attribute__((aligned(n)))

typedef __SIZE_TYPE__ size_t;
extern "C" {
float cbrtf(float); float expf(float); float exp2f(float); float expm1f(float); float logf(float); float log1pf(float);
float log2f(float); float log10f(float); float sinf(float); float cosf(float); float tanf(float); float sinhf(float);
float coshf(float); float tanhf(float); float asinf(float); float acosf(float); float atanf(float); float asinhf(float);
float acoshf(float); float atanhf(float); float erff(float); float erfcf(float); float atan2f(float, float);
float hypotf(float, float); float powf(float, float); float fmodf(float, float); float sqrtf(float); float floorf(float);
float ceilf(float); float truncf(float); float rintf(float); float copysignf(float, float); float fabsf(float);
double cbrt(double); double exp(double); double exp2(double); double expm1(double); double log(double);
double log1p(double); double log2(double); double log10(double); double sin(double); double cos(double);
double tan(double); double sinh(double); double cosh(double); double tanh(double); double asin(double);
double acos(double); double atan(double); double asinh(double); double acosh(double); double atanh(double);
double erf(double); double erfc(double); double atan2(double, double); double hypot(double, double);
double pow(double, double); double fmod(double, double); double sqrt(double); double floor(double); double ceil(double);
double trunc(double); double rint(double); double copysign(double, double); double fabs(double); double scalbn(double, int);
double fma(double, double, double); int ilogb(double);
}

struct dim3 { unsigned x, y, z; };
struct __align__(8) float2 { float x, y; };
struct __align__(16) double2 { double x, y; };
static inline unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)(((unsigned long long)a * b) >> 32); }
template <class T, class S> static inline T emulated_bits(S x) { T y; __builtin_memcpy(&y, &x, sizeof y); return y; }
static inline int __float_as_int(float x) { return emulated_bits<int>(x); }
static inline float __int_as_float(int x) { return emulated_bits<float>(x); }
static inline long long __double_as_longlong(double x) { return emulated_bits<long long>(x); }
static inline float __fmul_rn(float x, float y) { return x * y; }
static inline double __dmul_rn(double x, double y) { return x * y; }
static inline double __longlong_as_double(long long x) { return emulated_bits<double>(x); }

// What the driver lends: kept in step with `driver.cpp`.
struct EmulatedMachine {
  dim3 grid, block, bid;
  unsigned thread;
  void (*barrier)();
  void (*exchange)(unsigned mask, const void* give, void* take, unsigned bytes, unsigned from);
  unsigned char* dynamic;
};
static EmulatedMachine* emulated;
extern "C" void emulator_attach(EmulatedMachine* machine) { emulated = machine; }

struct EmulatedThread {
  struct X { operator unsigned() const { return emulated->thread % emulated->block.x; } } x;
  struct Y { operator unsigned() const { return emulated->thread / emulated->block.x % emulated->block.y; } } y;
};
static EmulatedThread threadIdx;
#define blockIdx (emulated->bid)
#define blockDim (emulated->block)
#define gridDim (emulated->grid)
#define __syncthreads() emulated->barrier()
#define __threadfence() ((void)0)
template <class T> static inline T emulated_shuffle(unsigned mask, T value, unsigned from) {
  T got;
  emulated->exchange(mask, &value, &got, sizeof value, from & 31);
  return got;
}
static inline unsigned emulated_lane() { return emulated->thread & 31; }
template <class T> static inline T __shfl_sync(unsigned mask, T value, int from) { return emulated_shuffle(mask, value, from); }
template <class T> static inline T __shfl_xor_sync(unsigned mask, T value, int by) { return emulated_shuffle(mask, value, emulated_lane() ^ by); }
template <class T> static inline T __shfl_down_sync(unsigned mask, T value, unsigned by) {
  return emulated_shuffle(mask, value, emulated_lane() + by > 31 ? emulated_lane() : emulated_lane() + by);
}
template <class T> static inline T atomicAdd(T* at, T value) { T old = *at; *at = old + value; return old; }
template <class T> static inline T atomicMax(T* at, T value) { T old = *at; if (value > old) *at = value; return old; }
template <class T> static inline T atomicMin(T* at, T value) { T old = *at; if (value < old) *at = value; return old; }
template <class T> static inline T atomicCAS(T* at, T expected, T value) { T old = *at; if (old == expected) *at = value; return old; }
static inline void __syncwarp(unsigned mask = 0xffffffffu) { emulated_shuffle(mask, 0, emulated_lane()); }

template <int... I> struct emulated_sequence {};
template <class... A, int... I> static inline void emulated_call(void (*kernel)(A...), void** a, emulated_sequence<I...>) {
  kernel(*(A*)a[I]...);
}
template <class... A> static inline void emulated_launch(void (*kernel)(A...), void** a) {
  emulated_call(kernel, a, emulated_sequence<__integer_pack((int)sizeof...(A))...>());
}
template <class... A> struct emulated_sizes;
template <class... A> struct emulated_sizes<void (*)(A...)> {
  static void write(unsigned* to) { const unsigned sizes[] = {(unsigned)sizeof(A)..., 0u}; for (unsigned i = 0; i <= sizeof...(A); i++) to[i] = sizes[i]; }
};
#define EMULATED_KERNEL(k) \
  extern "C" void k##__thread(void** a) { emulated_launch(&k, a); } \
  extern "C" void k##__sizes(unsigned* to) { emulated_sizes<decltype(&k)>::write(to); }
