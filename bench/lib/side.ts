/**
 * One side of a comparison in a process of its own, which does only what it is asked.
 *
 * In: a script, its arguments; questions. Out: answers. A side that throws or dies fails the question. Must not know what is
 * compared.
 *
 * @module
 */
import { type ChildProcess, fork } from 'node:child_process'

export interface Side {
  ask<Answer>(name: string, argument?: unknown): Promise<Answer>
  end(): void
}

interface Question {
  readonly id: number
  readonly name: string
  readonly argument: unknown
}

type Reply = { readonly id: number } & ({ readonly answer: unknown } | { readonly error: string })

export interface SideOptions {
  /** More options of node. */
  readonly node?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** The processor it stays on. */
  readonly processor?: number | undefined
}

/** Starts a side, ready to be asked. It ends with this process at the latest. */
export async function startSide(script: string, args: readonly string[], options: SideOptions = {}): Promise<Side> {
  const node = ['--import', 'tsx', ...(options.node ?? [])]
  const { processor } = options
  const child = fork(script, args, {
    ...(processor === undefined
      ? { execArgv: node }
      : { execPath: 'taskset', execArgv: ['-c', String(processor), process.execPath, ...node] }),
    env: { ...process.env, NODE_ENV: 'production', ...options.env },
    // What a peer prints belongs to nobody's result.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  process.setMaxListeners(process.getMaxListeners() + 1)
  process.on('exit', () => child.kill('SIGKILL'))
  const side = questioned(child, `${script} ${args.join(' ')}`)
  await side.ask('ready')
  return side
}

function questioned(child: ChildProcess, name: string): Side {
  const waiting = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>()
  let next = 0
  let gone: Error | null = null
  child.on('message', (reply: Reply) => {
    const asked = waiting.get(reply.id)
    waiting.delete(reply.id)
    if ('error' in reply) asked?.reject(new Error(`${name}: ${reply.error}`))
    else asked?.resolve(reply.answer)
  })
  child.on('exit', (code, signal) => {
    gone = new Error(`${name} ended by itself (${signal ?? code})`)
    for (const { reject } of waiting.values()) reject(gone)
  })
  return {
    ask<Answer>(question: string, argument: unknown = null) {
      return new Promise<Answer>((resolve, reject) => {
        if (gone !== null) throw gone
        const id = next++
        waiting.set(id, { resolve: (answer) => resolve(answer as Answer), reject })
        child.send({ id, name: question, argument } satisfies Question)
      })
    },
    end: () => child.kill('SIGKILL'),
  }
}

/** In the side itself: answers until the process that started it is gone. */
export function answer(answers: Readonly<Record<string, (argument: never) => unknown>>): void {
  process.on('message', async ({ id, name, argument }: Question) => {
    try {
      const found = name === 'ready' ? () => true : answers[name]
      if (found === undefined) throw new Error(`Cannot answer "${name}"`)
      process.send?.({ id, answer: await found(argument as never) })
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    }
  })
  process.on('disconnect', () => process.exit())
}
