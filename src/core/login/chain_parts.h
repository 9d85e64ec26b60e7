/* Internals of the token chain: chain.c runs the steps, chain_store.c reads and writes the
 * store. */
#ifndef HY_CHAIN_PARTS_H
#define HY_CHAIN_PARTS_H

#include "login/chain.h"

/* ---- chain.c ---- */

void hy_chain_advance(homey_client *c); /* runs the next step with the facts known now */
void hy_chain_finish(homey_client *c, const homey_error *error);
void hy_chain_finish_memory(homey_client *c);
/* Ends with the error, unless the old bearer can stay in use. */
void hy_chain_give_up(homey_client *c, const homey_error *error);
/* Returns the facts as the chain sees them: a bearer under renewal is missing. */
unsigned hy_chain_facts(const homey_client *c);
int hy_chain_may_save(const homey_client *c); /* there is a store, and a save may be tried now */
void hy_chain_unlock(homey_client *c);        /* when it is locked */
void hy_chain_pause(homey_client *c, int ms, hy_phase after);
/* Returns what is wanted next; 0 when nothing is missing. */
unsigned hy_chain_missing(homey_client *c, unsigned facts);

/* Sends the current step. Returns 0, or -HOMEY_MEMORY; then `done` is not called. */
int hy_chain_request(homey_client *c, hy_exchange_fn *done);

/* ---- chain_store.c ---- */

void hy_chain_load(homey_client *c, hy_phase phase);
void hy_chain_loaded(homey_client *c, const char *text, size_t length);
void hy_chain_lock(homey_client *c);
void hy_chain_save(homey_client *c);
/* Whether to run that step (NULL = none is left) although the store can be neither locked nor
 * written. */
int hy_chain_may_go_on(const homey_client *c, const hy_step *step);
void hy_chain_forgotten(homey_client *c); /* the next login starts with only the caller's options */
void hy_chain_give_up_op(homey_client *c);

#endif
