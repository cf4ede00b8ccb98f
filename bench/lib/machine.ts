/**
 * What a result was measured on.
 *
 * @module
 */
import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os'

/** One line: without it a number means nothing. */
export function describeMachine(): string {
  const memory = Math.round(totalmem() / 2 ** 30)
  return `${cpus()[0]?.model.trim() || 'a processor without a name'}, ${availableParallelism()} cores, ${memory} GiB, ${platform()} ${arch()}, Node ${process.version}`
}
