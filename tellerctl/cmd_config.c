/* The configuration, checked and printed; and the documents that the tables print. */
#include "common/ipc/message.h"
#include "tellerctl/command.h"

int ctl_config_check(struct ctl *ctl, int argc, char **argv, struct err *err)
{
	struct conf *conf = NULL;
	int rc = ctl_load_conf(ctl, CONF_FOR_ALL, &conf, err);

	(void)argc;
	(void)argv;
	if (rc < 0)
		return rc;
	(void)buf_printf(&ctl->out, "configuration is good: %s\n",
			 conf->file[0] != '\0' ? conf->file : "no file, all defaults");
	conf_free(conf);
	return 0;
}

/* Loaded as the daemon that needs no file of its own does: values shall be seen before the pool and
 * the wallet are there. */
int ctl_config_show(struct ctl *ctl, int argc, char **argv, struct err *err)
{
	struct conf *conf = NULL;
	int rc = ctl_load_conf(ctl, CONF_FOR_SCANNERD, &conf, err);

	(void)argc;
	(void)argv;
	if (rc < 0)
		return rc;
	conf_print_values(conf, &ctl->out);
	conf_free(conf);
	return 0;
}

int ctl_config_example(struct ctl *ctl, int argc, char **argv, struct err *err)
{
	(void)argc;
	(void)argv;
	(void)err;
	conf_print_example(&ctl->out);
	return 0;
}

int ctl_doc_config(struct ctl *ctl, int argc, char **argv, struct err *err)
{
	(void)argc;
	(void)argv;
	(void)err;
	conf_print_markdown(&ctl->out);
	return 0;
}

int ctl_doc_protocol(struct ctl *ctl, int argc, char **argv, struct err *err)
{
	(void)argc;
	(void)argv;
	(void)err;
	message_list_print(&ctl->out);
	return 0;
}
