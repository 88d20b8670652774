// A stand-in for libcufft.so.12: transforms along one axis by their definition, on host memory.
//
// What the library may do, this does: the input of a complex-to-real transform is destroyed, and one whose bins are not those
// of a real line gives NaN. A work area is asked for and written.
#include <cmath>
#include <complex>
#include <cstring>
#include <map>
#include <mutex>
#include <vector>

typedef long long Long;
namespace {
struct Plan { Long n, in_stride, in_distance, out_stride, out_distance, batch; int in_type, out_type; bool is_made; unsigned char* area; };
std::map<int, Plan> plans;
int next = 1, made;
std::mutex one_at_a_time;
enum { SUCCESS = 0, INVALID_PLAN = 1, INVALID_TYPE = 3, INVALID_VALUE = 4, INVALID_SIZE = 8 };
enum { R32 = 0, R64 = 1, C32 = 4, C64 = 5 };
constexpr size_t AREA = 64;
template <class T> void run(const Plan& plan, void* from, void* to, int direction) {
  typedef std::complex<double> Z;
  const bool is_forward = plan.in_type < C32, is_inverse = plan.out_type < C32;
  const Long n = plan.n, in_length = is_inverse ? n / 2 + 1 : n, out_length = is_forward ? n / 2 + 1 : n;
  for (Long b = 0; b < plan.batch; b++) {
    std::vector<Z> line(n);
    bool is_real = true;
    for (Long i = 0; i < in_length; i++) {
      const Long at = b * plan.in_distance + i * plan.in_stride;
      if (is_forward) { line[i] = ((T*)from)[at]; continue; }
      std::complex<T>& element = ((std::complex<T>*)from)[at];
      line[i] = Z(element.real(), element.imag());
      if (is_inverse) {
        if ((i == 0 || 2 * i == n) && element.imag() != 0) is_real = false;
        if (i > 0 && 2 * i != n) line[n - i] = std::conj(line[i]);
        element = std::complex<T>(NAN, NAN);
      }
    }
    for (Long k = 0; k < out_length; k++) {
      Z sum = 0;
      for (Long j = 0; j < n; j++) sum += line[j] * std::polar(1.0, direction * 2 * M_PI * (double)((j * k) % n) / n);
      if (!is_real) sum = Z(NAN, NAN);
      const Long at = b * plan.out_distance + k * plan.out_stride;
      if (is_inverse) ((T*)to)[at] = (T)sum.real();
      else ((std::complex<T>*)to)[at] = std::complex<T>((T)sum.real(), (T)sum.imag());
    }
  }
}
}  // namespace
#define LOCK std::lock_guard<std::mutex> lock(one_at_a_time)
extern "C" {
int emulator_plans() { LOCK; return made; }
int cufftGetVersion(int* version) { *version = 12000; return SUCCESS; }
int cufftCreate(int* plan) { LOCK; *plan = next++; plans[*plan] = {}; return SUCCESS; }
int cufftDestroy(int plan) { LOCK; return plans.erase(plan) ? SUCCESS : INVALID_PLAN; }
int cufftSetStream(int plan, void*) { LOCK; return plans.count(plan) ? SUCCESS : INVALID_PLAN; }
int cufftSetAutoAllocation(int plan, int) { LOCK; return plans.count(plan) ? SUCCESS : INVALID_PLAN; }
int cufftSetWorkArea(int plan, void* area) { LOCK; if (!plans.count(plan)) return INVALID_PLAN; plans[plan].area = (unsigned char*)area; return SUCCESS; }
int cufftXtMakePlanMany(int id, int rank, Long* n, Long* in, Long in_stride, Long in_distance, int in_type, Long* out, Long out_stride,
                        Long out_distance, int out_type, Long batch, size_t* bytes, int type) {
  LOCK;
  if (!plans.count(id)) return INVALID_PLAN;
  if (rank != 1 || n[0] < 1 || batch < 1 || !in || !out) return INVALID_SIZE;
  const bool is_double = type == C64 || type == R64;
  for (int side : {in_type, out_type}) if ((side == R64 || side == C64) != is_double) return INVALID_TYPE;
  plans[id] = {n[0], in_stride, in_distance, out_stride, out_distance, batch, in_type, out_type, true, nullptr};
  made++;
  *bytes = AREA;
  return SUCCESS;
}
int cufftXtExec(int id, void* from, void* to, int direction) {
  LOCK;
  if (!plans.count(id) || !plans[id].is_made) return INVALID_PLAN;
  const Plan& plan = plans[id];
  if (!plan.area) return INVALID_VALUE;
  memset(plan.area, 0x5A, AREA);
  const bool is_double = plan.in_type == R64 || plan.in_type == C64;
  if ((size_t)from % (is_double ? 16 : 8) || (size_t)to % (is_double ? 16 : 8)) return INVALID_VALUE;
  if (from == to && plan.in_type != plan.out_type) return INVALID_VALUE;
  is_double ? run<double>(plan, from, to, direction) : run<float>(plan, from, to, direction);
  return SUCCESS;
}
}
