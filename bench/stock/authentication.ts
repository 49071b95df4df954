import { AuthenticationService, JWTStrategy } from '@feathersjs/authentication'
import type { Application } from './declarations.js'

export const authentication = (app: Application) => {
  app.set('authentication', {
    entity: 'user',
    service: 'users',
    secret: process.env['AUTH_SECRET'],
    authStrategies: ['jwt'],
    jwtOptions: {
      header: { typ: 'access' },
      audience: 'invite-service',
      issuer: 'invite-service',
      algorithm: 'HS256',
      expiresIn: '1d'
    }
  })
  const authentication = new AuthenticationService(app)
  authentication.register('jwt', new JWTStrategy())
  app.use('authentication', authentication)
}
