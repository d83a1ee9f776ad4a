/*
 * preload.h
 *		Was memreg loaded by shared_preload_libraries?
 */
#ifndef MEMREG_CORE_PRELOAD_H
#define MEMREG_CORE_PRELOAD_H

extern void memreg_preload_init(void);
extern bool memreg_preload_done(void);
extern void memreg_preload_require(void);

#endif /* MEMREG_CORE_PRELOAD_H */
