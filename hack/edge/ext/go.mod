// What Traefik's own repository keeps in a module that is not published: extension points, all empty.
module github.com/traefik/traefik/dynamic/ext

go 1.26.0
