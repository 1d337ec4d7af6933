#include "common/rpc/http_peer.h"
#include "test/support/test.h"

static void test_addresses(void **state)
{
	static const struct {
		const char *address;
		uint16_t port; /* 0: refused */
		bool tls, by_name;
	} rows[] = {
		{ "127.0.0.1:6420", 6420, false, false },
		{ "localhost:6420", 6420, false, false },
		{ "LocalHost:6420", 6420, false, false },
		{ "[::1]:6420", 6420, false, false },
		{ "node.example.org:6420", 6420, false, true },
		{ "vm:1", 1, false, true },
		{ "http://127.0.0.1:8334", 8334, false, false },
		{ "http://127.0.0.1", 80, false, false },
		{ "https://node.example.org", 443, true, true },
		{ "https://node.example.org:65535/path", 65535, true, true },
		{ "https://[2001:db8::1]", 443, true, false },
		{ "HTTPS://10.0.0.1", 443, true, false },
		{ "", 0, false, false },
		{ "http://", 0, false, false },
		{ "127.0.0.1:65536", 0, false, false },
	};
	struct http_peer p;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int rc = http_peer_parse(rows[i].address, &p, NULL);

		if ((rc == 0) != (rows[i].port != 0))
			fail_msg("%s: %d", rows[i].address, rc);
		if (rc < 0)
			continue;
		if (p.port != rows[i].port || p.tls != rows[i].tls || p.by_name != rows[i].by_name)
			fail_msg("%s: port %u tls %d name %d", rows[i].address, p.port, p.tls,
				 p.by_name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_addresses) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
