/**
 * What tutorials, templates and manuals write where a secret belongs.
 *
 * In: nothing. Out: words that carry no chance, and whole secrets that were printed once and copied ever since. A secret
 * made only of these is known to everybody. Must not know: where a secret comes from or what is done about it.
 *
 * @module
 */

/**
 * Lower-case words of placeholder secrets, as express-session, cookie-session, iron-session, NextAuth, Flask, Django,
 * Rails, Laravel, Spring, jsonwebtoken and docker-compose examples spell them. Three letters at least: a shorter one
 * turns up in random text by accident.
 */
export const TUTORIAL_WORDS: readonly string[] = [
  // What it is.
  'secret password passwort passphrase passwd pass key keys token session sessions cookie cookies jwt auth hmac hash',
  'salt signature signing sign seal encryption encrypt encrypted crypto csrf nextauth oauth express flask django rails',
  'laravel spring node nodejs iron remix react svelte nuxt hono fastify koa server client app application web website',
  'backend frontend api database admin root user username login config env environment variable value string text phrase',
  // What one should do with it.
  'please change changeme changethis change_me replace replaceme insert put enter paste add set use generate generated',
  'make choose create type write edit fill update keep never share commit should must need needs has have contain contains',
  'here this that with your yours mine our the and for from not now later before after when production prod development',
  'dev test testing tests staging local localhost deploy deployment demo example sample dummy fake temp temporary default',
  // What it should be.
  'random very super really extremely ultra mega top some long longer short strong stronger secure secured unsafe insecure',
  'safe unique complex hard difficult guess guessable private public hidden unknown minimum min maximum max least length',
  'character characters char chars letter letters byte bytes bit bits than more over only any thirtytwo thirty two three',
  // What people type instead.
  'keyboard cat dog mouse foo foobar bar baz qux hello world helloworld lorem ipsum dolor sit amet consectetur adipiscing',
  'elit abc abcd abcdef abcdefgh xyz aaa bbb xxx zzz qwerty qwertyuiop qwertz azerty asdf asdfgh asdfghjkl zxcv zxcvbnm',
  'letmein pleaseletmein welcome monkey dragon master shhh shhhh shh ssshhh abracadabra sesame open opensesame trustno',
  'iloveyou correct horse battery staple todo tbd fixme none null undefined nothing whatever something anything thing',
  'mysecret mypassword mykey notasecret topsecret supersecret verysecret thisisasecret name company project john doe',
]
  .join(' ')
  .split(' ')

/**
 * Whole secrets that look random and are public: they stand in the manuals they are named after, and in thousands of
 * repositories since. Compared without regard to case.
 */
export const PUBLISHED_SECRETS: readonly string[] = [
  // Flask's quickstart.
  '192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf',
  // FastAPI's tutorial on OAuth2 with JWT.
  '09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7',
  // The Spring Security JWT series.
  '404E635266556A586E3272357538782F413F4428472B4B6250645367566B5970',
]

/** Beginnings that a generator writes to say "not for production". Django's `startproject` does. */
export const UNSAFE_PREFIXES: readonly string[] = ['django-insecure-']
