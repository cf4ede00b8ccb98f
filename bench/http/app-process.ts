/**
 * One app in a process of its own.
 *
 * In: `tsx app-process.ts <app> <place as JSON>`. Out: asked `port`, where it listens; asked `cpu`, the microseconds of
 * processor time it has used so far. Only the app's own module is loaded.
 *
 * @module
 */
import { answer } from '../lib/side.ts'
import type { App, Place } from './app.ts'

const [name = '', place = '{}'] = process.argv.slice(2)
const port = await (await appOf(name))(JSON.parse(place) as Place)

async function appOf(wanted: string): Promise<App> {
  const isOurs = wanted.includes('/base') || wanted.includes('/sojourn-')
  const modules: Readonly<Record<string, () => Promise<{ apps: Readonly<Record<string, App>> }>>> = {
    express: () => (isOurs ? import('./apps/express.ts') : import('./apps/express-peers.ts')),
    'express/limit': () => import('./apps/express-limits.ts'),
    node: () => import('./apps/node.ts'),
  }
  const [framework = ''] = wanted.split('/')
  const [kind = ''] = wanted.split('-')
  const load = modules[kind] ?? modules[framework] ?? (() => import('./apps/frameworks.ts'))
  const app = (await load()).apps[wanted]
  if (app === undefined) throw new Error(`There is no app "${wanted}"`)
  return app
}

answer({
  port: () => port,
  cpu() {
    const { user, system } = process.cpuUsage()
    return user + system
  },
})
