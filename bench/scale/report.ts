/**
 * Results -> the page that is committed.
 *
 * @module
 */
import { type Spread, short } from '../lib/stats.ts'
import { SIZES } from './backend.ts'
import { CALLS, type Compared } from './rounds.ts'
import type { Swept } from './sweep.ts'

export interface Result {
  readonly date: string
  readonly machine: string
  readonly small: number
  readonly large: number
  readonly expired: number
  readonly rounds: number
  readonly backends: readonly BackendResult[]
}

export interface BackendResult {
  readonly name: string
  readonly about: string
  readonly goal: number
  readonly calls: Readonly<Record<(typeof CALLS)[number], Compared>>
  readonly atOnce: number
  readonly swept: Swept | null
  readonly noSweep: string | null
}

/** Milliseconds a sweep may hold up a request. */
export const HELD_GOAL = 50

export function pageOf(result: Result): string {
  const count = (n: number) => n.toLocaleString('en-US')
  return `# ${count(result.large)} sessions against ${count(result.small)}

${result.date}, ${result.machine}. Made by \`npm run bench:scale\`; the numbers are in [scale.json](scale.json).

Sessions of 300 bytes with an owner, chosen at random. A round makes the same calls on the small and on the large store,
in turns; the ratio is taken within a round. Medians of ${result.rounds} rounds, with the middle half of them in brackets.

| goal | measured | |
|---|---|---|
${[...ratioRows(result), ...sweepRows(result)].join('\n')}

## What a call takes

One call after the other: time, and processor time here and in the server together. Throughput with calls at once.

| | sessions | time | processor time | throughput |
|---|---|---|---|---|
${timeRows(result).join('\n')}

The times are of this machine alone, and other work may have run on it; only the ratios are judged.

## A sweep of ${count(result.expired)} ended sessions

A request, a read and a write of one session, is due every 5 ms; what counts is the time from when it was due until it was done.

The processor time is that of the whole process in this time, and knows nothing of other work on the machine.

| | where | requests | median | 99.9 % within | longest | most processor time | without a sweep: longest | most processor time |
|---|---|---|---|---|---|---|---|---|
${heldRows(result).join('\n')}

${result.backends.map((backend) => `- ${backend.about}${sweepNote(backend)}`).join('\n')}
`
}

function ratioRows({ backends }: Result): string[] {
  return backends.flatMap(({ name, goal, calls }) =>
    CALLS.map((call) => {
      const { ratio, cpuRatio } = calls[call]
      const measured = `${spread(ratio, ' x')}; processor time ${spread(cpuRatio, ' x')}`
      return `| ${name}, ${call}: at most ${goal} x | ${measured} | ${verdict(ratio.median <= goal)} |`
    }),
  )
}

function sweepRows({ backends, expired }: Result): string[] {
  return backends.map(({ name, swept, noSweep }) => {
    const goal = `${name}: a sweep of ${expired.toLocaleString('en-US')} holds up a request at most ${HELD_GOAL} ms`
    if (swept === null) return `| ${goal} | not applicable: ${noSweep} | – |`
    const longest = Math.max(swept.here.longest, swept.elsewhere?.longest ?? 0)
    const failed = swept.here.failed + (swept.elsewhere?.failed ?? 0)
    const measured = `${short(longest)} ms${failed > 0 ? `, and ${failed} requests failed` : ''}`
    if (longest <= HELD_GOAL && failed === 0) return `| ${goal} | ${measured} | ${verdict(true)} |`
    const quiet = Math.max(swept.quiet.here.longest, swept.quiet.elsewhere?.longest ?? 0)
    if (quiet <= HELD_GOAL) return `| ${goal} | ${measured} | ${verdict(false)} |`
    // Where requests wait that long anyway, a longer wait says nothing of the sweep.
    return `| ${goal} | ${measured}; without a sweep ${short(quiet)} ms | **not shown**: the machine was too busy |`
  })
}

function timeRows({ backends, ...counts }: Result): string[] {
  return backends.flatMap(({ name, calls, atOnce }) =>
    CALLS.flatMap((call) =>
      SIZES.map((size) => {
        const { micros, cpuMicros, perSecond } = calls[call].sizes[size]
        const throughput = `${spread(perSecond, '/s')}${atOnce > 1 ? `, ${atOnce} at once` : ''}`
        const sessions = counts[size].toLocaleString('en-US')
        return `| ${name}, ${call} | ${sessions} | ${spread(micros, ' µs')} | ${spread(cpuMicros, ' µs')} | ${throughput} |`
      }),
    ),
  )
}

function heldRows({ backends }: Result): string[] {
  return backends.flatMap(({ name, swept }) => {
    if (swept === null) return []
    const places = [
      ['the process that sweeps', swept.here, swept.quiet.here],
      ['another process', swept.elsewhere, swept.quiet.elsewhere],
    ] as const
    return places.flatMap(([where, held, quiet]) =>
      held === null || quiet === null
        ? []
        : `| ${name} | ${where} | ${held.requests} | ${times(held.median, held.most, held.longest, held.longestCpu, quiet.longest, quiet.longestCpu)} |`,
    )
  })
}

function sweepNote({ swept }: BackendResult): string {
  return swept === null ? '' : `; swept ${swept.removed.toLocaleString('en-US')} in ${short(swept.seconds)} s`
}

function times(...millis: readonly number[]): string {
  return millis.map((time) => `${short(time)} ms`).join(' | ')
}

function spread({ median, quartiles: [low, high] }: Spread, unit: string): string {
  return `${short(median)}${unit} (${short(low)}–${short(high)})`
}

function verdict(reached: boolean): string {
  return reached ? 'reached' : '**not reached**'
}
