// A stand-in for libcufft.so.12: transforms along one axis by their definition, on host memory.
//
// What the library may do, this does: the input of a complex-to-real transform is destroyed, and one whose bins are not those
// of a real line gives NaN. A work area is asked for and written. Work is queued on the plan's stream, and recorded there. A
// call can be made to fail; -DEMULATOR_OLD leaves a function out; plans with callbacks can be made to take long,
// and say so when they are made.
//
// Callbacks are functions in shared objects behind their length, looked for when the plan is made under the name that C++
// mangles. They are called once for every element, from the last to the first; what is not theirs is overwritten before.
#include <atomic>
#include <cmath>
#include <complex>
#include <cstdio>
#include <cstring>
#include <dlfcn.h>
#include <map>
#include <mutex>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

typedef long long Long;
namespace {
struct float2 { float x, y; };
struct double2 { double x, y; };
struct Callback { std::string name; const void* image; void* info; void* function; int type; };
// What callbacks take and give: the library's element.
template <class T> struct pair;
template <> struct pair<float> { typedef float2 type; };
template <> struct pair<double> { typedef double2 type; };
struct Plan { Long n, in_stride, in_distance, out_stride, out_distance, batch; int in_type, out_type; bool is_made; unsigned char* area; void* stream; Callback load, store; };
struct Called { void *function, *info; };
struct Call { Long n, in_stride, in_distance, out_stride, out_distance, batch; int in_type, out_type; unsigned char* area; Called load, store; void *from, *to; int direction; };
std::map<int, Plan> plans;
int next = 1, made;
std::atomic<int> linking, linker_delay;
std::string failing;
int failure, failures;
int fails(const char* call) { return failures && failing == call ? failures--, failure : 0; }
std::mutex one_at_a_time;
enum { SUCCESS = 0, INVALID_PLAN = 1, INVALID_TYPE = 3, INVALID_VALUE = 4, INTERNAL = 5, EXEC_FAILED = 6, INVALID_SIZE = 8 };
enum { R32 = 0, R64 = 1, C32 = 4, C64 = 5 };
constexpr size_t AREA = 64;
template <class T> T load(const Called& f, void* in, Long at) { return ((T (*)(void*, unsigned long long, void*, void*))f.function)(in, at, f.info, nullptr); }
template <class T> void store(const Called& f, void* out, Long at, T value) { ((void (*)(void*, unsigned long long, T, void*, void*))f.function)(out, at, value, f.info, nullptr); }
template <class T> void run(const Call& plan) {
  typedef std::complex<double> Z;
  typedef typename pair<T>::type Pair;
  void *from = plan.from, *to = plan.to;
  const int direction = plan.direction;
  const bool is_forward = plan.in_type < C32, is_inverse = plan.out_type < C32;
  const Long n = plan.n, in_length = is_inverse ? n / 2 + 1 : n, out_length = is_forward ? n / 2 + 1 : n;
  memset(plan.area, 0x5A, AREA);
  for (Long b = 0; b < plan.batch; b++) {
    std::vector<Z> line(n);
    bool is_real = true;
    for (Long i = in_length - 1; i >= 0; i--) {
      const Long at = b * plan.in_distance + i * plan.in_stride;
      if (is_forward) { line[i] = plan.load.function ? load<T>(plan.load, from, at) : ((T*)from)[at]; continue; }
      std::complex<T>& element = ((std::complex<T>*)from)[at];
      if (plan.load.function) { const Pair given = load<Pair>(plan.load, from, at); element = std::complex<T>(given.x, given.y); }
      line[i] = Z(element.real(), element.imag());
      if (is_inverse) {
        if ((i == 0 || 2 * i == n) && element.imag() != 0) is_real = false;
        if (i > 0 && 2 * i != n) line[n - i] = std::conj(line[i]);
        element = std::complex<T>(NAN, NAN);
      }
    }
    for (Long k = out_length - 1; k >= 0; k--) {
      Z sum = 0;
      for (Long j = 0; j < n; j++) sum += line[j] * std::polar(1.0, direction * 2 * M_PI * (double)((j * k) % n) / n);
      if (!is_real) sum = Z(NAN, NAN);
      const Long at = b * plan.out_distance + k * plan.out_stride;
      if (plan.store.function) {
        memset((char*)to + at * sizeof(T) * (is_inverse ? 1 : 2), 0x5B, sizeof(T) * (is_inverse ? 1 : 2));
        if (is_inverse) store<T>(plan.store, to, at, (T)sum.real());
        else store<Pair>(plan.store, to, at, {(T)sum.real(), (T)sum.imag()});
      } else if (is_inverse) ((T*)to)[at] = (T)sum.real();
      else ((std::complex<T>*)to)[at] = std::complex<T>((T)sum.real(), (T)sum.imag());
    }
  }
}
template <class P> bool is_double(const P& plan) { return plan.in_type == R64 || plan.in_type == C64; }
void perform(const void* data) {
  const Call& call = *(const Call*)data;
  is_double(call) ? run<double>(call) : run<float>(call);
}
// The function of a callback in its image; null where the image has no such function, or where it is for another side.
void* function(const Callback& callback, int type) {
  const char* taken[] = {"float2", "double2", "", ""};
  const char* built_in[] = {"", "", "f", "d"};
  if (type != callback.type) return nullptr;
  std::string symbol = "_Z" + std::to_string(callback.name.size()) + callback.name + "Pvy";
  if (type >= 4) symbol += *taken[type - 4] ? std::to_string(strlen(taken[type - 4])) + taken[type - 4] : built_in[type - 4];
  symbol += "S_S_";
  size_t bytes;
  memcpy(&bytes, callback.image, 8);
  const int file = memfd_create("callback", MFD_CLOEXEC);
  if (file < 0 || write(file, (const char*)callback.image + 8, bytes) != (ssize_t)bytes) return nullptr;
  void* object = dlopen(("/proc/self/fd/" + std::to_string(file)).c_str(), RTLD_NOW | RTLD_LOCAL);
  return object ? dlsym(object, symbol.c_str()) : nullptr;
}
int queue(const Plan& plan, const Call& call) {
  typedef int (*Queue)(void*, void (*)(const void*), const void*, size_t);
  static const Queue queue = (Queue)dlsym(dlopen("libcuda.so", RTLD_NOW | RTLD_NOLOAD), "emulator_queue");
  return queue(plan.stream, perform, &call, sizeof call) ? EXEC_FAILED : SUCCESS;
}
}  // namespace
#define LOCK std::lock_guard<std::mutex> lock(one_at_a_time)
extern "C" {
// Plans made so far, and bytes of the tables of those that are alive.
int emulator_plans() { LOCK; return made; }
size_t emulator_plan_bytes() {
  LOCK;
  size_t bytes = 0;
  for (auto& [id, plan] : plans) bytes += plan.n * (is_double(plan) ? 16 : 8);
  return bytes;
}
// How many milliseconds a plan with callbacks takes, and how many such plans were begun since it takes any.
void emulator_slow_linker(int milliseconds) { linker_delay = milliseconds; }
int emulator_linking() { return linking; }
// Makes a function fail with a code so many times.
void emulator_fail(const char* call, int code, int times) { LOCK; failing = call; failure = code; failures = times; }
int cufftGetVersion(int* version) { *version = 12000; return SUCCESS; }
int cufftCreate(int* plan) { LOCK; if (int code = fails("cufftCreate")) return code; *plan = next++; plans[*plan] = {}; return SUCCESS; }
int cufftDestroy(int plan) { LOCK; return plans.erase(plan) ? SUCCESS : INVALID_PLAN; }
int cufftSetStream(int plan, void* stream) { LOCK; if (!plans.count(plan)) return INVALID_PLAN; plans[plan].stream = stream; return SUCCESS; }
int cufftSetAutoAllocation(int plan, int) { LOCK; return plans.count(plan) ? SUCCESS : INVALID_PLAN; }
int cufftSetWorkArea(int plan, void* area) { LOCK; if (!plans.count(plan)) return INVALID_PLAN; plans[plan].area = (unsigned char*)area; return SUCCESS; }
int cufftXtMakePlanMany(int id, int rank, Long* n, Long* in, Long in_stride, Long in_distance, int in_type, Long* out, Long out_stride,
                        Long out_distance, int out_type, Long batch, size_t* bytes, int type) {
  const auto links = [&] { LOCK; return plans.count(id) && (plans[id].load.image || plans[id].store.image); };
  if (linker_delay && links()) {
    linking++;
    usleep(1000 * linker_delay);
    fprintf(stderr, "emulator: linked\n");
  }
  LOCK;
  if (!plans.count(id)) return INVALID_PLAN;
  if (int code = fails("cufftXtMakePlanMany")) return code;
  Plan& given = plans[id];
  const auto kind = [&](int side) { return side < C32 ? 2 + (side == R64) : side == C64; };
  if (given.load.image && !(given.load.function = function(given.load, kind(in_type)))) return INTERNAL;
  if (given.store.image && !(given.store.function = function(given.store, 4 + kind(out_type)))) return INTERNAL;
  if (rank != 1 || n[0] < 1 || batch < 1 || !in || !out) return INVALID_SIZE;
  const bool is_double = type == C64 || type == R64;
  for (int side : {in_type, out_type}) if ((side == R64 || side == C64) != is_double) return INVALID_TYPE;
  plans[id] = {n[0], in_stride, in_distance, out_stride, out_distance, batch, in_type, out_type, true, nullptr, plans[id].stream, plans[id].load, plans[id].store};
  made++;
  *bytes = AREA;
  return SUCCESS;
}
// Names, images and addresses are read when the plan is made, as late as the library may.
int cufftXtSetJITCallback(int id, const char* name, const void* image, size_t bytes, int type, void** info) {
  LOCK;
  if (!plans.count(id) || plans[id].is_made || bytes < 8 || type < 0 || type > 7) return INVALID_PLAN;
  if (int code = fails("cufftXtSetJITCallback")) return code;
  (type < 4 ? plans[id].load : plans[id].store) = {name, image, *info, nullptr, type};
  return SUCCESS;
}
#ifndef EMULATOR_OLD
int cufftXtExec(int id, void* from, void* to, int direction) {
  LOCK;
  if (!plans.count(id) || !plans[id].is_made) return INVALID_PLAN;
  if (int code = fails("cufftXtExec")) return code;
  const Plan& plan = plans[id];
  if (!plan.area) return INVALID_VALUE;
  const size_t alignment = is_double(plan) ? 16 : 8;
  if ((size_t)from % alignment || (size_t)to % alignment) return INVALID_VALUE;
  if (from == to && plan.in_type != plan.out_type) return INVALID_VALUE;
  return queue(plan, {plan.n, plan.in_stride, plan.in_distance, plan.out_stride, plan.out_distance, plan.batch, plan.in_type, plan.out_type, plan.area,
                      {plan.load.function, plan.load.info}, {plan.store.function, plan.store.info}, from, to, direction});
}
#endif
}
