/**
 * One side of the micro rows, in a process of its own.
 *
 * In: `tsx side-process.ts <side> <record bytes>`. Out: asked `run`, does the operation so often, and tells what it took.
 *
 * @module
 */
import { answer } from '../lib/side.ts'
import type { Prepare } from './sides.ts'

const [name = '', bytes = '300'] = process.argv.slice(2)
const operation = await (await prepareOf(name))(Number(bytes))

async function prepareOf(wanted: string): Promise<Prepare> {
  const own = /^(limit|sojourn)\//.test(wanted)
  const all = own
    ? {
        ...(await import('./sides.ts')).sides,
        ...(await import('./untouched.ts')).untouched,
        ...(await import('./near.ts')).near,
      }
    : (await import('./peers.ts')).peers
  const prepare = all[wanted]
  if (prepare === undefined) throw new Error(`There is no side "${wanted}"`)
  return prepare
}

answer({
  async run(times: number) {
    const { user, system } = process.cpuUsage()
    const started = performance.now()
    await operation(times)
    const millis = performance.now() - started
    const used = process.cpuUsage()
    return { cpuMicros: (used.user + used.system - user - system) / times, perSecond: (times * 1000) / millis }
  },
})
