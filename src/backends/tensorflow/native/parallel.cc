#include "parallel.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

namespace explicit_layers {

namespace {

constexpr int64_t kEntriesOfAPart = 1 << 15;
constexpr int kPartsPerThread = 4;

// Threads that sleep between calls. They are never joined: the process may end while they sleep.
class Workers {
 public:
  static Workers& shared() {
    static Workers* workers = new Workers(static_cast<int>(std::thread::hardware_concurrency()) - 1);
    return *workers;
  }

  int count() const { return count_; }

  void run(int64_t parts, const std::function<void(int64_t)>& part) {
    std::unique_lock<std::mutex> only(busy_, std::try_to_lock);
    if (!only.owns_lock() || count_ == 0 || parts == 1) {
      for (int64_t i = 0; i < parts; ++i) part(i);
      return;
    }
    {
      std::lock_guard<std::mutex> lock(mutex_);
      part_ = &part;
      parts_ = parts;
      next_ = 0;
      open_ = true;
      ++call_;
    }
    wake_.notify_all();
    takeParts(part, parts);
    std::unique_lock<std::mutex> lock(mutex_);
    open_ = false;  // who wakes up from here on finds nothing to do, and nobody waits for him
    done_.wait(lock, [this] { return active_ == 0; });
    if (const std::exception_ptr thrown = std::exchange(thrown_, nullptr)) std::rethrow_exception(thrown);
  }

 private:
  explicit Workers(int count) : count_(std::max(0, count)) {
    for (int i = 0; i < count_; ++i) std::thread([this] { work(); }).detach();
  }

  // What a part throws (no memory) is thrown again where the call was made, once nobody works on it any more.
  void takeParts(const std::function<void(int64_t)>& part, int64_t parts) {
    try {
      for (int64_t i = next_++; i < parts; i = next_++) part(i);
    } catch (...) {
      next_ = parts;
      std::lock_guard<std::mutex> lock(mutex_);
      if (!thrown_) thrown_ = std::current_exception();
    }
  }

  void work() {
    uint64_t seen = 0;
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      wake_.wait(lock, [&] { return call_ != seen; });
      seen = call_;
      if (!open_) continue;
      ++active_;
      const auto* part = part_;
      const int64_t parts = parts_;
      lock.unlock();
      takeParts(*part, parts);
      lock.lock();
      if (--active_ == 0) done_.notify_one();
    }
  }

  const int count_;
  std::mutex busy_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  const std::function<void(int64_t)>* part_ = nullptr;
  int64_t parts_ = 0;
  std::atomic<int64_t> next_{0};
  std::exception_ptr thrown_;
  int active_ = 0;
  bool open_ = false;
  uint64_t call_ = 0;
};

}  // namespace

int64_t partsFor(int64_t items, int64_t entriesPerItem) {
  const int64_t worthwhile = items * entriesPerItem / kEntriesOfAPart;
  const int64_t most = kPartsPerThread * (Workers::shared().count() + 1);
  return std::max<int64_t>(1, std::min({items, worthwhile, most}));
}

void inParallel(int64_t parts, const std::function<void(int64_t)>& part) { Workers::shared().run(parts, part); }

}  // namespace explicit_layers
