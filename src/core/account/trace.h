/* Trace lines and warnings, with every secret replaced. */
#ifndef HY_TRACE_H
#define HY_TRACE_H

#include "account/client_state.h"

void hy_trace(homey_client *c, const hy_exchange *x, const char *step);
void hy_trace_line(homey_client *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
void hy_warn(homey_client *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Replaces every secret of the client in the text by "***". */
void hy_redact(const homey_client *c, char *text);

#endif
