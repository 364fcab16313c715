// A wrapper of a few lines: handles that free themselves, results as exceptions, texts as strings.
//
//     raii URL        lists what is there, then stores, retrieves and deletes a file of its own
//
// The exit code is 0, 1 for a failure, 2 for a call that makes no sense.
#include "ftpproto.h"

#include <cstdio>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace ftp {

/// Frees a handle by the function that belongs to it.
template <auto free> struct Free {
  template <typename T> void operator()(T *handle) const { free(handle); }
};

using Listing = std::unique_ptr<ftp_ready_listing, Free<ftp_ready_listing_free>>;

/// Why a call has failed.
struct Error : std::runtime_error {
  Error(ftp_result code, const std::string &text) : std::runtime_error(text), code(code) {}
  ftp_result code;
};

inline std::string text_of(ftp_slice slice) {
  return slice.data == nullptr ? std::string() : std::string(slice.data, slice.len);
}

class Client {
public:
  explicit Client(std::string_view url) : handle(ftp_ready_client_new()) {
    check(ftp_ready_client_connect(get(), url.data(), url.size(), nullptr));
  }

  void store(std::string_view path, std::string_view content) {
    check(ftp_ready_client_store_through(get(), path.data(), path.size(), FTP_STORE_AS_WHOLE, 0,
                                         &Client::give, &content, nullptr));
  }

  std::string retrieve(std::string_view path) {
    std::string content;
    check(ftp_ready_client_retrieve_through(get(), path.data(), path.size(), 0, &Client::take,
                                            &content, nullptr));
    return content;
  }

  std::vector<std::string> names(std::string_view path) {
    ftp_ready_listing *listed = nullptr;
    check(ftp_ready_client_list(get(), path.empty() ? nullptr : path.data(), path.size(),
                                FTP_READY_LISTING_KIND_BEST, &listed));
    Listing listing(listed);
    std::vector<std::string> names;
    for (std::size_t at = 0; at < ftp_ready_listing_count(listed); at++) {
      ftp_entry entry;
      check(ftp_ready_listing_entry(listed, at, &entry));
      if (entry.kind != FTP_KIND_CURRENT_DIRECTORY && entry.kind != FTP_KIND_PARENT_DIRECTORY) {
        names.push_back(text_of(entry.name));
      }
    }
    return names;
  }

  void remove(std::string_view path) {
    check(ftp_ready_client_delete(get(), path.data(), path.size()));
  }

  void quit() { check(ftp_ready_client_quit(get())); }

  std::string path() { return text_of(ftp_ready_client_path(get())); }

private:
  ftp_ready_client *get() const { return handle.get(); }

  void check(ftp_result result) const {
    if (result != FTP_OK) {
      throw Error(result, text_of(ftp_ready_client_last_error(get())));
    }
  }

  static std::ptrdiff_t give(void *user, void *buffer, std::size_t len) {
    auto &left = *static_cast<std::string_view *>(user);
    const auto given = left.copy(static_cast<char *>(buffer), len);
    left.remove_prefix(given);
    return static_cast<std::ptrdiff_t>(given);
  }

  // No exception may leave a function that the library calls.
  static std::ptrdiff_t take(void *user, const void *bytes, std::size_t len) try {
    static_cast<std::string *>(user)->append(static_cast<const char *>(bytes), len);
    return static_cast<std::ptrdiff_t>(len);
  } catch (...) {
    return -1;
  }

  std::unique_ptr<ftp_ready_client, Free<ftp_ready_client_free>> handle;
};

} // namespace ftp

int main(int count, char **words) {
  if (count != 2) {
    std::fprintf(stderr, "usage: raii URL\n");
    return 2;
  }
  try {
    ftp::Client client(words[1]);
    const auto directory = client.path();
    for (const auto &name : client.names(directory)) {
      std::printf("%s\n", name.c_str());
    }
    const auto own = directory + "/raii.txt";
    const std::string content(100000, 'x');
    client.store(own, content);
    if (client.retrieve(own) != content) {
      throw std::runtime_error("another file came back");
    }
    client.remove(own);
    try {
      client.remove(own);
      throw std::runtime_error("it was deleted twice");
    } catch (const ftp::Error &error) {
      if (error.code != FTP_ERROR_REFUSED) {
        throw;
      }
    }
    client.quit();
    return 0;
  } catch (const std::exception &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
