/**
 * The budgets of kept throughput as a picture: ours, the goal and the fastest peer.
 *
 * In: figures. Out: an SVG for light and dark, its texts real texts. Must not know how they were measured.
 *
 * @module
 */
import { BUDGETS } from './budgets.ts'
import type { Figure } from './results.ts'

const ROW = 44
const LEFT = 300
const WIDTH = 900
const TOP = 64
const BAR = WIDTH - LEFT - 70

export function chartOf(figures: readonly Figure[]): string {
  const rows = BUDGETS.filter(({ unit }) => unit === '%').flatMap((budget) => {
    const figure = figures.find(({ id }) => id === budget.id)
    return figure === undefined ? [] : [{ budget, figure }]
  })
  const height = TOP + rows.length * ROW + 40
  // Behind some middleware a framework is faster than without: then the page is wider than what it keeps.
  const most = Math.max(100, ...rows.flatMap(({ figure: { measured, limit } }) => [measured, limit?.measured ?? 0]))
  const width = (percent: number) => ((BAR * percent) / most).toFixed(1)
  const x = (percent: number) => (LEFT + (BAR * percent) / most).toFixed(1)
  const body = rows.map(({ budget, figure }, n) => {
    const top = TOP + n * ROW
    const [, text = budget.what] = /: (.*)$/.exec(budget.what) ?? []
    const on = budget.id.startsWith('node') ? 'node:http' : 'Express'
    const theirs = figure.peer
    const hand = figure.limit === null ? '' : `<path class="hand" d="M${x(figure.limit.measured)} ${top + 1}v18"/>`
    return `<text x="${LEFT - 12}" y="${top + 15}" text-anchor="end">${escaped(text)}</text>
<text class="soft" x="${LEFT - 12}" y="${top + 30}" text-anchor="end">${on}, ${budget.state}${theirs === null ? '' : `; peer: ${escaped(nameOf(theirs.name))}`}</text>
<rect class="own" x="${LEFT}" y="${top + 3}" width="${width(figure.measured)}" height="14" rx="2"/>
<text class="in" x="${LEFT + 8}" y="${top + 14}">${Math.round(figure.measured)} %</text>
${theirs === null ? '' : `<rect class="peer" x="${LEFT}" y="${top + 20}" width="${width(theirs.measured)}" height="9" rx="2"/><text class="soft" x="${(Number(x(theirs.measured)) + 6).toFixed(1)}" y="${top + 29}">${Math.round(theirs.measured)} %</text>`}
<path class="goal" d="M${x(budget.goal)} ${top}v20"/>${hand}`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="Throughput kept with a session">
<style>
:root{color-scheme:light dark}
text{font:13px system-ui,sans-serif;fill:#1f2328}
.soft{font-size:11px;fill:#59636e}.in{font-size:12px;font-weight:600;fill:#fff}.title{font-size:15px;font-weight:600}
.paper{fill:#fff}.own{fill:#0969da}.peer{fill:#afb8c1}.whole{stroke:#59636e;stroke-width:1;fill:none}.goal{stroke:#bc4c00;stroke-width:2.5;fill:none}.hand{stroke:#1a7f37;stroke-width:2.5;stroke-dasharray:3 2;fill:none}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.in{fill:#0d1117}.soft{fill:#9198a1}.paper{fill:#0d1117}.own{fill:#4493f8}.peer{fill:#656c76}.goal{stroke:#f0883e}.hand{stroke:#3fb950}}
</style>
<rect class="paper" width="${WIDTH}" height="${height}"/>
<text class="title" x="16" y="26">Throughput kept with a session, of the same route without one</text>
<rect class="own" x="16" y="38" width="14" height="10"/><text class="soft" x="35" y="47">sojourn</text>
<rect class="peer" x="100" y="38" width="14" height="10"/><text class="soft" x="119" y="47">the fastest peer</text>
<path class="goal" d="M224 36v14"/><text class="soft" x="233" y="47">the goal</text>
<path class="hand" d="M294 34v18"/><text class="soft" x="303" y="47">written by hand for this alone</text>
<path class="whole" d="M${x(100)} ${TOP - 6}v${rows.length * ROW}"/><text class="soft" x="${x(100)}" y="${TOP - 10}" text-anchor="middle">as without</text>
${body.join('\n')}
<text class="soft" x="${LEFT}" y="${height - 10}">Above 100 %: behind sojourn's middleware Express and Node themselves have less to do (decisions/015).</text>
</svg>
`
}

function nameOf(row: string): string {
  return row.split(' ')[0]?.replace('express/', '') ?? row
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
