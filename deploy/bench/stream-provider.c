// A provider that streams faster than anything that calls it: 100 tokens an answer, as OpenAI's and as Ollama's.
// usage: stream-provider PORT          on loopback; one thread, epoll
//
// GET  /api/tags  /v1/models
// POST …/v1/chat/completions  …/api/chat    below one of
//   /flood   all tokens at once
//   /paced   a token every 10 ms
//   /slow    as /flood, after 20 s
// The first token is when it was sent: "@123456789", nanoseconds of CLOCK_MONOTONIC.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <time.h>

#define TOKENS 100
#define MAXFD 20000
enum { FLOOD, PACED, SLOW };
typedef struct { char *in; size_t len, cap; char *out; size_t olen, ocap, osent; int mode, ollama, token; uint64_t due; int heap; } conn;
static conn *conns[MAXFD]; static int ep;
static const char *words[] = {" the"," quick"," brown"," fox"," jumps"," over"," the"," lazy"," dog"," and"};

static uint64_t now(void){ struct timespec t; clock_gettime(CLOCK_MONOTONIC,&t); return t.tv_sec*1000000000ull+t.tv_nsec; }

// What waits, by when it is due.
static int heap[MAXFD], nheap;
static void put(int at,int fd){ heap[at]=fd; conns[fd]->heap=at; }
static void up(int at){ int fd=heap[at]; while(at&&conns[heap[(at-1)/2]]->due>conns[fd]->due){ put(at,heap[(at-1)/2]); at=(at-1)/2; } put(at,fd); }
static void down(int at){ int fd=heap[at]; for(;;){ int k=2*at+1; if(k>=nheap) break; if(k+1<nheap&&conns[heap[k+1]]->due<conns[heap[k]]->due) k++; if(conns[heap[k]]->due>=conns[fd]->due) break; put(at,heap[k]); at=k; } put(at,fd); }
static void wait_until(int fd,uint64_t due){ conns[fd]->due=due; heap[nheap]=fd; conns[fd]->heap=nheap; up(nheap++); }
static void wait_no_more(int fd){ int at=conns[fd]->heap; if(at<0) return; conns[fd]->heap=-1; if(at!=--nheap){ int last=heap[nheap]; put(at,last); down(at); up(conns[last]->heap); } }

static void end(int fd){ conn*c=conns[fd]; wait_no_more(fd); free(c->in); free(c->out); free(c); conns[fd]=NULL; close(fd); }
static char *room(conn*c,size_t n){ if(c->olen+n>c->ocap){ c->ocap=(c->olen+n)*2; c->out=realloc(c->out,c->ocap); } return c->out+c->olen; }
static void add(conn*c,const char*p,size_t n){ memcpy(room(c,n),p,n); c->olen+=n; }
// Returns whether the connection lives on.
static int flush(int fd){ conn*c=conns[fd];
  while(c->osent<c->olen){ ssize_t n=write(fd,c->out+c->osent,c->olen-c->osent);
    if(n<0){ if(errno!=EAGAIN){ end(fd); return 0; }
      struct epoll_event e={.events=EPOLLIN|EPOLLOUT,.data.fd=fd}; epoll_ctl(ep,EPOLL_CTL_MOD,fd,&e); return 1; }
    c->osent+=n; }
  if(c->ocap>65536){ free(c->out); c->out=NULL; c->ocap=0; }
  c->olen=c->osent=0; return 1; }

// One piece of the body.
static void piece(conn*c,const char*p,int n){ char h[16]; add(c,h,sprintf(h,"%x\r\n",n)); add(c,p,n); add(c,"\r\n",2); }
static void token(conn*c){
  char t[32],b[512]; const char*w=words[c->token%10];
  if(c->token==0){ sprintf(t,"@%llu",(unsigned long long)now()); w=t; }
  int n=c->ollama
    ? sprintf(b,"{\"model\":\"llama3.2\",\"created_at\":\"2026-01-01T00:00:00.123456789Z\",\"message\":{\"role\":\"assistant\",\"content\":\"%s\"},\"done\":false}\n",w)
    : sprintf(b,"data: {\"id\":\"chatcmpl-BbQk7mOaX3yT1uV5wZ9pL2rN4sD6\",\"object\":\"chat.completion.chunk\",\"created\":1767225600,\"model\":\"gpt-4-0613\",\"service_tier\":\"default\",\"system_fingerprint\":null,\"choices\":[{\"index\":0,\"delta\":{%s\"content\":\"%s\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n",c->token?"":"\"role\":\"assistant\",",w);
  piece(c,b,n); c->token++; }
static void finish(conn*c){
  if(c->ollama){ static const char d[]="{\"model\":\"llama3.2\",\"created_at\":\"2026-01-01T00:00:01Z\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\",\"total_duration\":1000000000,\"load_duration\":1000000,\"prompt_eval_count\":26,\"prompt_eval_duration\":1000000,\"eval_count\":100,\"eval_duration\":900000000}\n"; piece(c,d,sizeof d-1); }
  else { static const char head[]="data: {\"id\":\"chatcmpl-BbQk7mOaX3yT1uV5wZ9pL2rN4sD6\",\"object\":\"chat.completion.chunk\",\"created\":1767225600,\"model\":\"gpt-4-0613\",\"service_tier\":\"default\",\"system_fingerprint\":null,\"choices\":[";
    char b[700]; piece(c,b,sprintf(b,"%s{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"stop\"}]}\n\n",head));
    piece(c,b,sprintf(b,"%s],\"usage\":{\"prompt_tokens\":26,\"completion_tokens\":100,\"total_tokens\":126,\"prompt_tokens_details\":{\"cached_tokens\":0,\"audio_tokens\":0},\"completion_tokens_details\":{\"reasoning_tokens\":0,\"audio_tokens\":0}}}\n\n",head));
    piece(c,"data: [DONE]\n\n",14); }
  add(c,"0\r\n\r\n",5); c->token=-1; }

static void whole(conn*c){ for(int i=0;i<TOKENS;i++){ token(c); } finish(c); }

// Takes a request that is whole. Returns its length, 0 where it is not; -1 where the connection has ended.
static long request(int fd){ conn*c=conns[fd];
  char*head=memmem(c->in,c->len,"\r\n\r\n",4); if(!head) return 0;
  *head=0; size_t body=0; char*l=strcasestr(c->in,"\r\ncontent-length:"); if(l) body=strtoul(l+17,NULL,10);
  size_t all=head+4-c->in+body; if(c->len<all){ *head='\r'; return 0; }
  int post=!strncmp(c->in,"POST ",5); char*path=strchr(c->in,' '); path=path?path+1:c->in; char*stop=strchr(path,' '); if(stop) *stop=0;
  if(!post){ const char*t=strstr(path,"/api/tags")?"{\"models\":[{\"name\":\"llama3.2:latest\",\"model\":\"llama3.2:latest\",\"size\":1}]}":"{\"object\":\"list\",\"data\":[{\"id\":\"gpt-4\",\"object\":\"model\"}]}";
    char b[300]; add(c,b,sprintf(b,"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",strlen(t),t)); return flush(fd)?(long)all:-1; }
  c->mode=!strncmp(path,"/paced",6)?PACED:!strncmp(path,"/slow",5)?SLOW:FLOOD; c->ollama=strstr(path,"/api/chat")!=NULL; c->token=0;
  if(c->mode==SLOW){ wait_until(fd,now()+20000000000ull); return all; }
  char h[200]; add(c,h,sprintf(h,"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n",c->ollama?"application/x-ndjson":"text/event-stream"));
  if(c->mode==PACED){ wait_until(fd,now()+10000000ull); return flush(fd)?(long)all:-1; }
  whole(c); return flush(fd)?(long)all:-1; }

static void due(int fd){ conn*c=conns[fd];
  if(c->mode==SLOW){ char h[200]; add(c,h,sprintf(h,"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n",c->ollama?"application/x-ndjson":"text/event-stream"));
    whole(c); flush(fd); return; }
  uint64_t next=c->due+10000000ull; token(c); if(c->token==TOKENS) finish(c); else wait_until(fd,next);
  flush(fd); }

static void readable(int fd){ conn*c=conns[fd];
  for(;;){ if(c->len+16384>c->cap){ c->cap=(c->len+16384)*2; c->in=realloc(c->in,c->cap); }
    ssize_t n=read(fd,c->in+c->len,c->cap-c->len-1); if(n<0&&errno==EAGAIN) break; if(n<=0){ end(fd); return; }
    c->len+=n; c->in[c->len]=0; if((size_t)n<c->cap-c->len) break; }
  long k; while((k=request(fd))>0){ memmove(c->in,c->in+k,c->len-k); c->len-=k; c->in[c->len]=0; }
  if(k==0&&c->len==0&&c->cap>4096){ free(c->in); c->in=NULL; c->cap=0; } }

int main(int argc,char**argv){
  signal(SIGPIPE,SIG_IGN); struct rlimit r={MAXFD,MAXFD}; setrlimit(RLIMIT_NOFILE,&r);
  int s=socket(AF_INET,SOCK_STREAM|SOCK_NONBLOCK,0),one=1; setsockopt(s,SOL_SOCKET,SO_REUSEADDR,&one,sizeof one);
  struct sockaddr_in a={.sin_family=AF_INET,.sin_port=htons(atoi(argv[argc-1])),.sin_addr.s_addr=htonl(INADDR_LOOPBACK)};
  if(bind(s,(void*)&a,sizeof a)||listen(s,8192)){ perror("stream-provider"); return 1; }
  ep=epoll_create1(0); int timer=timerfd_create(CLOCK_MONOTONIC,TFD_NONBLOCK); uint64_t set=0;
  struct epoll_event e={.events=EPOLLIN,.data.fd=s},ev[256]; epoll_ctl(ep,EPOLL_CTL_ADD,s,&e); e.data.fd=timer; epoll_ctl(ep,EPOLL_CTL_ADD,timer,&e);
  for(;;){
    while(nheap&&conns[heap[0]]->due<=now()){ int fd=heap[0]; wait_no_more(fd); due(fd); }
    if(nheap&&conns[heap[0]]->due!=set){ set=conns[heap[0]]->due; struct itimerspec t={.it_value={set/1000000000,set%1000000000}}; timerfd_settime(timer,TFD_TIMER_ABSTIME,&t,NULL); }
    int n=epoll_wait(ep,ev,256,-1);
    for(int i=0;i<n;i++){ int fd=ev[i].data.fd;
      if(fd==timer){ uint64_t x; if(read(timer,&x,8)<0){} set=0; }
      else if(fd==s) for(int k;(k=accept4(s,NULL,NULL,SOCK_NONBLOCK))>=0;){ if(k>=MAXFD){ close(k); continue; }
        setsockopt(k,IPPROTO_TCP,TCP_NODELAY,&one,sizeof one); conns[k]=calloc(1,sizeof(conn)); conns[k]->heap=-1; conns[k]->token=-1; e.events=EPOLLIN; e.data.fd=k; epoll_ctl(ep,EPOLL_CTL_ADD,k,&e); }
      else if(conns[fd]){
        if(ev[i].events&EPOLLOUT){ struct epoll_event m={.events=EPOLLIN,.data.fd=fd}; epoll_ctl(ep,EPOLL_CTL_MOD,fd,&m); if(!flush(fd)) continue; }
        if(ev[i].events&~EPOLLOUT) readable(fd); } }
  }
}
