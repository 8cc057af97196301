// The part of lego's API that Traefik is compiled against, without the ACME client behind it.
module github.com/go-acme/lego/v5

go 1.26.0
