/* Internals of the token chain: chain.c goes from step to step, chain_store.c reads and writes the store. */
#ifndef HY_CHAIN_PARTS_H
#define HY_CHAIN_PARTS_H

#include "login/chain.h"

/* ---- chain.c ---- */

void hy_chain_advance(homey_client *c); /* to whatever is next, now that something is known anew */
void hy_chain_finish(homey_client *c, const homey_error *error);
void hy_chain_finish_memory(homey_client *c);
void hy_chain_give_up(homey_client *c, const homey_error *error); /* ends with it, where the bearer cannot go on serving */
unsigned hy_chain_facts(const homey_client *c); /* as the chain sees them: what is renewed is not there */
int hy_chain_may_save(const homey_client *c);   /* there is a store, which may take it now */
void hy_chain_unlock(homey_client *c);          /* where it is locked */
void hy_chain_pause(homey_client *c, int ms, hy_phase after);
unsigned hy_chain_missing(homey_client *c, unsigned facts); /* what is wanted now; 0 when all is there */

/* Sends the step that the chain is at; 0, or -HOMEY_MEMORY and then `done` is not called. */
int hy_chain_request(homey_client *c, hy_exchange_fn *done);

/* ---- chain_store.c ---- */

void hy_chain_load(homey_client *c, hy_phase phase);
void hy_chain_loaded(homey_client *c, const char *text, size_t length);
void hy_chain_lock(homey_client *c);
void hy_chain_save(homey_client *c);
/* Whether to go on to that step (NULL = none leads on) although the store can be neither locked nor written. */
int hy_chain_may_go_on(const homey_client *c, const hy_step *step);
void hy_chain_forgotten(homey_client *c); /* the next login starts from nothing but what the caller gave */
void hy_chain_give_up_op(homey_client *c);

#endif
