// PgBouncer in transaction mode in front of a TestCluster, with fewer sessions of the server than clients have, so that the
// transactions of one connection change sessions.
#pragma once

#include <cstdio>
#include <string>

#include "tests/origin/database.h"

namespace rekey::test {

class TestPooler {
 public:
  // What it does with settings that come with a connection: its default, or its setting `ignore_startup_parameters`.
  enum class Options : unsigned char { kRefused, kIgnored };

  TestPooler(const TestCluster& cluster, Options options);
  ~TestPooler();
  TestPooler(const TestPooler&) = delete;
  TestPooler& operator=(const TestPooler&) = delete;

  // In: the URL of a database of the cluster. Returns: the same through the pooler.
  std::string url(const std::string& direct) const;

 private:
  std::string directory_;
  std::FILE* cleaner_ = nullptr;  // a shell that ends the pooler when this process ends in any way
};

}  // namespace rekey::test
