#include <stdlib.h>

#include <cjson/cJSON.h>

#include "common/json/json.h"

void json_print(const struct json *j, struct buf *out)
{
	char *text = cJSON_PrintUnformatted((const cJSON *)(const void *)j);

	if (text == NULL)
		out->failed = true;
	else
		(void)buf_puts(out, text);
	free(text);
}
