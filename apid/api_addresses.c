/* GET /api/deposit-addresses: of each coin what is left of its pool, and the bound addresses, which
 * may be hundreds of thousands: they are sent in pages. */
#include <stdlib.h>

#include "apid/answer.h"
#include "apid/api.h"
#include "apid/pieces.h"
#include "common/json/json.h"
#include "common/store/binding_store.h"

#define PAGE_ROWS 500

struct address_answer {
	struct apid *apid;
	enum coin coin;	  /* being printed */
	bool begun, open; /* open: in the middle of its addresses */
	uint64_t after;	  /* place in the pool of the last one */
	struct json_writer json;
};

static int begin_coin(struct address_answer *a, struct err *err)
{
	const struct conf *conf = a->apid->d->conf;
	struct store *s = a->apid->d->store;
	struct json_writer *w = &a->json;
	uint64_t left = 0, size = 0;
	int rc = store_pool_remaining(s, a->coin, &left, err);

	if (rc == 0)
		rc = store_pool_size(s, a->coin, &size, err);
	if (rc < 0)
		return rc;
	json_write_key(w, coin_name(a->coin));
	json_begin_object(w);
	json_put_bool(w, "scanning_enabled", conf->coin[a->coin].enabled && !conf->dummy_scanner);
	json_put_bool(w, "address_manager_enabled", size > 0);
	json_put_u64(w, "remaining_addresses", left);
	json_write_key(w, "scanning_addresses");
	json_begin_array(w);
	a->open = true;
	a->after = 0;
	return 0;
}

static void on_bound(void *arg, uint64_t seq, const char *address)
{
	(void)seq;
	json_write_string(arg, address);
}

static int next_page(struct address_answer *a, struct err *err)
{
	uint64_t before = a->after;
	int rc = store_pool_bound(a->apid->d->store, a->coin, before, PAGE_ROWS, on_bound, &a->json,
				  &a->after, err);

	if (rc < 0 || a->after != before)
		return rc;
	json_end_array(&a->json);
	json_end_object(&a->json);
	a->open = false;
	a->coin++;
	return 0;
}

static int next_piece(void *arg, struct buf *out, struct err *err)
{
	struct address_answer *a = arg;
	int rc;

	a->json.out = out;
	if (!a->begun) {
		json_writer_init(&a->json, out, JSON_INDENTED);
		json_begin_object(&a->json);
		a->begun = true;
	}
	rc = a->open ? 0 : begin_coin(a, err);
	if (rc == 0)
		rc = next_page(a, err);
	if (rc < 0)
		return rc;
	if (a->coin < COIN_COUNT)
		return PIECE_MORE;
	json_end_object(&a->json);
	return PIECE_LAST;
}

static const struct pieces pieces = { .next = next_piece, .done = free };

void api_deposit_addresses(struct apid *a, struct http_request *r)
{
	struct address_answer *answer = calloc(1, sizeof(*answer));

	if (answer == NULL)
		return answer_internal(r, &(struct err){ .text = "out of memory" });
	answer->apid = a;
	answer_pieces(a->turns, r, "application/json", &pieces, answer);
}
