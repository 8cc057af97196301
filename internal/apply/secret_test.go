// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
)

// login is a Secret with a password that is made once. Each one made differs from those before.
func login(username string) Intent {
	made := 0
	return Intent{
		Object: &corev1.Secret{ObjectMeta: ours(), Type: corev1.SecretTypeBasicAuth, Data: map[string][]byte{
			"username": []byte(username),
			"url":      []byte("https://a.example"),
		}},
		Generate: map[string]func() ([]byte, error){"password": func() ([]byte, error) {
			made++
			return fmt.Appendf(nil, "password-%d", made), nil
		}},
	}
}

func plain(value string) string { return base64.StdEncoding.EncodeToString([]byte(value)) }

func TestDriftOfASecret(t *testing.T) {
	set := func(key, value string) func(*corev1.Secret) {
		return func(s *corev1.Secret) { s.Data[key] = digest([]byte(value)) }
	}
	const again = "password-2" // the first went into what is live
	for _, test := range []drift[*corev1.Secret]{
		{"nothing", nil, ""},
		as("the password was changed by its owner", set("password", "mine"), ""),
		as("the user name was changed", set("username", "mallory"), `{"data":{"username":"`+plain("jane")+`"}}`),
		as("the user name was emptied", func(s *corev1.Secret) { s.Data["username"] = []byte{} }, `{"data":{"username":"`+plain("jane")+`"}}`),
		as("a key was removed", func(s *corev1.Secret) { delete(s.Data, "url") }, `{"data":{"url":"`+plain("https://a.example")+`"}}`),
		as("a key was added", set("more", "x"), `{"data":{"more":null}}`),
		as("the password was removed", func(s *corev1.Secret) { delete(s.Data, "password") }, `{"data":{"password":"`+plain(again)+`"}}`),
		as("the password was emptied", func(s *corev1.Secret) { s.Data["password"] = []byte{} }, `{"data":{"password":"`+plain(again)+`"}}`),
		as("everything was removed", func(s *corev1.Secret) { s.Data = nil },
			`{"data":{"password":"`+plain(again)+`","url":"`+plain("https://a.example")+`","username":"`+plain("jane")+`"}}`),
		as("a label was added under our prefix", func(s *corev1.Secret) { s.Labels[prefix+"x"] = "y" }, `{"metadata":{"labels":{"ours.example/x":null}}}`),
		as("it was made immutable", func(s *corev1.Secret) { s.Immutable = new(bool) }, `{"immutable":null}`),
	} {
		t.Run(test.name, func(t *testing.T) {
			intent := login("jane")
			have := live(t, intent, test.happened)
			want, was := intent.Object.DeepCopyObject(), have.DeepCopy()
			got := difference(t, intent, have)
			if got != test.patch {
				t.Errorf("got  %s\nwant %s", got, test.patch)
			}
			for key, value := range was.Data {
				if digested := base64.StdEncoding.EncodeToString(value); digested != "" && strings.Contains(got, digested) {
					t.Errorf("the digest of %q is in the patch", key)
				}
			}
			if diff := cmp.Diff(want, intent.Object.DeepCopyObject()) + cmp.Diff(was, have); diff != "" {
				t.Errorf("a look changed the intent or the live object:\n%s", diff)
			}
		})
	}
}

func TestAnotherUserNameLeavesThePasswordAlone(t *testing.T) {
	have := live[*corev1.Secret](t, login("jane"), nil)
	if got, want := difference(t, login("joe"), have), `{"data":{"username":"`+plain("joe")+`"}}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestCreatingASecretMakesItsPassword(t *testing.T) {
	intent := login("jane")
	object, err := intent.revealed(nil, prefix)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]byte{"username": []byte("jane"), "url": []byte("https://a.example"), "password": []byte("password-1")}
	if diff := cmp.Diff(want, object.(*corev1.Secret).Data); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if _, leaked := intent.Object.(*corev1.Secret).Data["password"]; leaked {
		t.Error("the intent has the password now")
	}
}

func TestAPasswordThatCannotBeMadeIsAnErrorThatNamesTheKey(t *testing.T) {
	broken := errors.New("no randomness")
	intent := login("jane")
	intent.Generate["password"] = func() ([]byte, error) { return nil, broken }
	if _, err := intent.revealed(nil, prefix); !errors.Is(err, broken) || !strings.Contains(err.Error(), `"password" of Secret "it"`) {
		t.Errorf("creating: %v", err)
	}
	have := live(t, login("jane"), func(s *corev1.Secret) { delete(s.Data, "password") })
	if patch, err := intent.mergePatch(have, prefix); !errors.Is(err, broken) || patch != nil {
		t.Errorf("patching: %s, %v", patch, err)
	}
}

func TestOnlyASecretHasValuesThatAreMadeOnce(t *testing.T) {
	intent := Intent{Object: &corev1.ConfigMap{ObjectMeta: ours()}, Generate: login("jane").Generate}
	if object, err := intent.revealed(nil, prefix); err == nil {
		t.Errorf("got %v", object)
	}
}

func TestDigestSecret(t *testing.T) {
	secret := &corev1.Secret{Data: map[string][]byte{"password": []byte("hunter2"), "empty": {}}}
	DigestSecret(secret)
	text, err := json.Marshal(secret)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), plain("hunter2")) || len(secret.Data["password"]) != 32 {
		t.Errorf("password: %s", text)
	}
	if len(secret.Data["empty"]) != 0 {
		t.Error("what is empty does not look empty any more")
	}
	for name, other := range map[string]any{
		"another kind": &corev1.ConfigMap{Data: map[string]string{"a": "b"}, BinaryData: map[string][]byte{"c": []byte("d")}},
		"no object":    "text",
	} {
		before := fmt.Sprintf("%#v", other)
		if DigestSecret(other); fmt.Sprintf("%#v", other) != before {
			t.Errorf("%s was changed", name)
		}
	}
}
