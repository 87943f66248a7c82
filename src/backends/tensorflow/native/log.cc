// TensorFlow writes two lines to standard error whenever it is loaded, at any TF_CPP_MIN_LOG_LEVEL: Abseil, through
// which it logs, reads no environment variable until a program calls absl::InitializeLog, which Node does not. This
// stands before Abseil's own function, since symbols of the library that is loaded come before those of its
// dependencies, and lets through what the variable asks for. A TensorFlow with another Abseil logs as before.

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace absl::lts_20250814 {

enum class LogSeverity : int { kInfo, kWarning, kError, kFatal };

namespace log_internal {

void WriteToStderr(std::string_view message, LogSeverity severity) {
  const char* level = std::getenv("TF_CPP_MIN_LOG_LEVEL");
  if (severity != LogSeverity::kFatal && level != nullptr && static_cast<int>(severity) < std::atoi(level)) return;
  std::fwrite(message.data(), 1, message.size(), stderr);
}

}  // namespace log_internal
}  // namespace absl::lts_20250814
