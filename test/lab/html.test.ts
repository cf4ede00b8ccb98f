/**
 * Markup that nobody can inject into.
 */

import { describe, expect, it } from 'vitest'
import { type Html, html, render } from '../../lab/html.ts'

describe('a template of the lab', () => {
  it('escapes whatever it is given, in text and in attributes', () => {
    const hostile = `"'><script>alert(1)</script>&amp;`
    expect(render(html`<p title="${hostile}">${hostile}</p>`)).toBe(
      '<p title="&quot;&#39;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;">' +
        '&quot;&#39;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;</p>',
    )
  })

  it('keeps what another template made, and lists of it', () => {
    expect(render(html`<ul>${['a', '<b>'].map((text) => html`<li>${text}</li>`)}</ul>`)).toBe(
      '<ul><li>a</li><li>&lt;b&gt;</li></ul>',
    )
  })

  it('prints nothing for what is missing, and a zero for zero', () => {
    expect(render(html`${null}${undefined}${false}${''}${0}`)).toBe('0')
  })

  it('takes no object for markup because it looks like it', () => {
    const fromJson = JSON.parse('{"markup":"<script>","toString":"<script>"}') as Html
    expect(render(html`${fromJson}`)).not.toContain('<script>')
  })
})
